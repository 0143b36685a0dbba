using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Memory;

/// <summary>Holds memory against what was asked for: a comparison of page sizes is worth nothing when both sides got the same.</summary>
internal static class PageCheck
{
    /// <summary>The kind that parameter "pages" asks for, which a workload's catalogue entry offers as 4k, thp, 2m and 1g.</summary>
    public static PageKind Kind(ParameterSet parameters) => parameters.Choice("pages", "4k", "thp", "2m", "1g") switch
    {
        "1g" => PageKind.Huge1G,
        "2m" => PageKind.Huge2M,
        "thp" => PageKind.Transparent,
        _ => PageKind.Base4K,
    };

    /// <summary>Bytes that memory of a kind is a multiple of.</summary>
    public static long UnitOf(PageKind kind) => kind == PageKind.Huge1G ? MemoryRegion.GiganticPageBytes : MemoryRegion.HugePageBytes;

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
            PageKind.Huge1G when pages.GiganticBytes < region.Bytes => throw new BenchException(
                $"{region.Bytes} bytes were asked for in pages of 1 GiB, and /proc/self/smaps shows {pages.GiganticBytes}."),
            PageKind.Huge2M when pages.HugeBytes < region.Bytes => throw new BenchException(
                $"{region.Bytes} bytes were asked for in pages of 2 MiB, and /proc/self/smaps shows {pages.HugeBytes}."),
            PageKind.Base4K when pages.HugeBytes > 0 => throw new BenchException(
                $"pages of 4 KiB were asked for, and /proc/self/smaps shows {pages.HugeBytes} bytes in pages of 2 MiB."),
            _ => pages,
        };
    }
}
