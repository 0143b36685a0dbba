using System.Globalization;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Memory;

/// <summary>Reads the pools of one hugepages folder. Source: Documentation/admin-guide/mm/hugetlbpage.rst.</summary>
public static class HugePageReader
{
    private const string Machine = "/sys/kernel/mm/hugepages";
    private const string Prefix = "hugepages-";
    private const string Suffix = "kB";

    /// <summary>The pools below a folder such as /sys/kernel/mm/hugepages, ordered by size.</summary>
    public static Reading<IReadOnlyList<HugePagePool>> ReadPools(IEvidence evidence, string folder)
    {
        Reading<IReadOnlyList<string>> names = evidence.List(folder);
        if (!names.IsKnown)
        {
            return Reading.Missing<IReadOnlyList<HugePagePool>>(names.Outcome, folder, names.Why);
        }

        var pools = new List<HugePagePool>();
        foreach (string name in names.Value!)
        {
            if (TryParseSize(name, out long size))
            {
                string pool = folder + "/" + name;
                pools.Add(new HugePagePool(size, evidence.ReadNumber(pool + "/nr_hugepages"),
                    evidence.ReadNumber(pool + "/free_hugepages"), evidence.ReadNumber(pool + "/surplus_hugepages"))
                {
                    Overcommit = folder == Machine ? evidence.ReadNumber(pool + "/nr_overcommit_hugepages")
                        : Reading.Missing<long>(Outcome.Absent, pool + "/nr_overcommit_hugepages"),
                });
            }
        }

        if (pools.Count == 0 && names.Value!.Count > 0)
        {
            return Reading.Failed<IReadOnlyList<HugePagePool>>(folder, "none of its names is that of a pool");
        }

        pools.Sort(static (left, right) => left.SizeBytes.CompareTo(right.SizeBytes));
        return Reading.Of<IReadOnlyList<HugePagePool>>(pools, folder);
    }

    /// <summary>The page size in bytes that a folder's name tells ("hugepages-2048kB").</summary>
    public static bool TryParseSize(string name, out long bytes)
    {
        bytes = 0;
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !name.EndsWith(Suffix, StringComparison.Ordinal)
            || name.Length <= Prefix.Length + Suffix.Length
            || !long.TryParse(name.AsSpan(Prefix.Length, name.Length - Prefix.Length - Suffix.Length),
                NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes)
            || kilobytes is <= 0 or > long.MaxValue / 1024)
        {
            return false;
        }

        bytes = kilobytes * 1024;
        return true;
    }
}
