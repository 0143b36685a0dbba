using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Memory;

/// <summary>Holds memory against what was asked for: a comparison of page sizes is worth nothing when both sides got the same.</summary>
internal static class PageCheck
{
    /// <summary>
    /// The pages as smaps tells them, or null when it cannot tell; throws when they are not the ones asked for. Transparent
    /// huge pages are the kernel's choice: they are reported, whatever they are.
    /// </summary>
    public static RegionPages? Verify(MemoryRegion region)
    {
        if (region.Pages() is not { Alone: true } pages)
        {
            return null;
        }

        return region.Kind switch
        {
            PageKind.Huge2M or PageKind.Huge1G when pages.HugeBytes < region.Bytes => throw new BenchException(
                $"{region.Bytes} bytes were asked for in pages of {(region.Kind == PageKind.Huge1G ? "1 GiB" : "2 MiB")}, and /proc/self/smaps shows {pages.HugeBytes}."),
            PageKind.Base4K when pages.HugeBytes > 0 => throw new BenchException(
                $"pages of 4 KiB were asked for, and /proc/self/smaps shows {pages.HugeBytes} bytes in pages of 2 MiB."),
            _ => pages,
        };
    }
}
