using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Memory;

/// <summary>One thread's part of the three arrays. The thread that works on it makes it, so that its pages lie on that thread's node.</summary>
internal sealed unsafe class TriadPart : IDisposable
{
    private readonly MemoryRegion _a;
    private readonly MemoryRegion _b;
    private readonly MemoryRegion _c;
    private readonly int _vectorBits;

    private TriadPart(MemoryRegion a, MemoryRegion b, MemoryRegion c, int vectorBits)
    {
        _a = a;
        _b = b;
        _c = c;
        _vectorBits = vectorBits;
    }

    /// <summary>Doubles of each array in this part.</summary>
    public long Count => _a.Bytes / sizeof(double);

    private IEnumerable<MemoryRegion> Regions => [_a, _b, _c];

    /// <summary>Maps, fills and verifies three arrays of so many bytes.</summary>
    public static TriadPart Make(ISystemCalls system, long bytes, PageKind kind, int? node, int vectorBits)
    {
        var made = new List<MemoryRegion>();
        try
        {
            for (int array = 0; array < 3; array++)
            {
                made.Add(MemoryRegion.Allocate(system, bytes, kind, node));
                NumaPlacement.Verify(system, made[array], node);
            }

            var part = new TriadPart(made[0], made[1], made[2], vectorBits);
            part.Fill();
            return part;
        }
        catch
        {
            made.ForEach(region => region.Dispose());
            throw;
        }
    }

    /// <summary>One pass.</summary>
    public void Pass() =>
        // Safe: the three regions are of one size, a multiple of 2 MiB, aligned as much, and live until Dispose.
        TriadKernel.Run((double*)_a.Address, (double*)_b.Address, (double*)_c.Address, Count, _vectorBits);

    /// <summary>Makes every result wrong, so that only a pass that comes after it can make them right.</summary>
    public void Spoil()
    {
        double* a = (double*)_a.Address;
        for (long i = 0; i < Count; i++)
        {
            a[i] = double.NaN;
        }
    }

    /// <summary>Index of the first result that is not what the triad gives; null when all are right. Small whole numbers: exact.</summary>
    public long? FirstWrong()
    {
        double* a = (double*)_a.Address;
        for (long i = 0; i < Count; i++)
        {
            if (a[i] != (i % 1024) + (TriadKernel.Factor * (i % 511)))
            {
                return i;
            }
        }

        return null;
    }

    /// <summary>Bytes in pages of 2 MiB or 1 GiB, all three arrays; null when smaps cannot tell. Throws when the pages are not those asked for.</summary>
    public long? HugeBytes()
    {
        long total = 0;
        foreach (MemoryRegion region in Regions)
        {
            if (PageCheck.Verify(region) is not { } pages)
            {
                return null;
            }

            total += pages.HugeBytes + pages.GiganticBytes;
        }

        return total;
    }

    /// <summary>Share of the pages on a node, 0 to 1; null when the kernel does not tell.</summary>
    public double? ShareOnNode(ISystemCalls system, int node)
    {
        double?[] shares = [.. Regions.Select(region => NumaPlacement.ShareOnNode(system, region, node))];
        return shares.Any(share => share is null) ? null : shares.Average();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (MemoryRegion region in Regions)
        {
            region.Dispose();
        }
    }

    private void Fill()
    {
        double* b = (double*)_b.Address;
        double* c = (double*)_c.Address;
        for (long i = 0; i < Count; i++)
        {
            b[i] = i % 1024;
            c[i] = i % 511;
        }

        Spoil();
    }
}
