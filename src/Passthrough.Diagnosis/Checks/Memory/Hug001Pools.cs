using Passthrough.Host.Evidence;
using Passthrough.Host.Memory;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>HUG-001: huge pages are reserved, and on the right node.</summary>
internal sealed class Hug001Pools : Check
{
    /// <inheritdoc />
    public override string Id => "HUG-001";

    /// <inheritdoc />
    public override string Title => "Huge pages are reserved on the device's node";

    /// <inheritdoc />
    public override Section Section => Section.Memory;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "A guest on huge pages costs the IOMMU and the CPU fewer translations. Each node has a pool of each size; /proc/meminfo shows only the default size and all nodes together, and "
        + "hugepages=N on the command line spreads pages over the nodes and makes up what one lacks from another. A guest near its device needs pages on the device's node.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when pages are reserved and, on several nodes, each candidate's node has free ones. Warn when free pages are only on other nodes, or when a profile is named and none are "
        + "reserved. Note when none are reserved, or all are in use. Unknown when the pools were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/admin-guide/mm/hugetlbpage.rst", "Linux: Documentation/ABI/testing/sysfs-kernel-mm-hugepages"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Reserve pages for the guest on the device's node, early after boot or on the kernel command line (hugepages=0:1024,1:0 names nodes).")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        MemoryInfo memory = subjects.Model.Memory;
        (NumaNode Node, HugePagePool Pool)[] perNode = [.. memory.AllNodes
            .SelectMany(node => node.HugePages.Or([])!.Select(pool => (node, pool)))];
        // A node without memory has no folder of pools.
        bool nodesRead = memory.AllNodes.Any(node => node.HugePages.IsKnown) && memory.AllNodes.All(node => node.HugePages.IsKnown || node.HugePages.IsAbsent);
        if (nodesRead)
        {
            return Judge(subjects, [.. perNode.Where(item => item.Pool.Total.Or(0) > 0 || !item.Pool.Total.IsKnown)], [.. perNode.Select(item => Cite(item.Pool))]);
        }

        Reading<IReadOnlyList<HugePagePool>> pools = memory.HugePages;
        if (NodeFacts.IsSingle(subjects.Model) == true && pools.IsKnown)
        {
            return [Whole(subjects, pools.Value!)];
        }

        if (pools.IsAbsent && IommuFacts.AbsenceIsFact(subjects.Model))
        {
            return [Make(Verdict.Note, "host", "The kernel has no huge page pools (CONFIG_HUGETLBFS).", [Quote.Of(pools)])];
        }

        string sum = pools.IsKnown ? " The whole machine has " + Pools(pools.Value!) + ", which does not say where." : "";
        Citation missing = memory.Nodes.IsKnown && memory.AllNodes.FirstOrDefault(node => !node.HugePages.IsKnown) is { } node
            ? Quote.Of(node.HugePages) : Quote.Of(memory.Nodes);
        return [Make(Verdict.Unknown, "host", $"Which nodes hold huge pages is not known.{sum} Read /sys/devices/system/node/node*/hugepages/*/free_hugepages on the machine.",
            [missing, Quote.Of(pools) with { Excerpt = null }])];
    }

    private List<Finding> Judge(Subjects subjects, (NumaNode Node, HugePagePool Pool)[] filled, Citation[] evidence)
    {
        if (filled.Any(item => !item.Pool.Total.IsKnown || !item.Pool.Free.IsKnown))
        {
            Reading<long> open = filled.Select(item => item.Pool.Total.IsKnown ? item.Pool.Free : item.Pool.Total).First(reading => !reading.IsKnown);
            return [Make(Verdict.Unknown, "host", "Not every pool could be read: " + Quote.Unseen(open), evidence)];
        }

        if (filled.Length == 0)
        {
            return [None(subjects, evidence)];
        }

        string table = string.Join("; ", filled.GroupBy(item => item.Node.Id)
            .Select(group => FormattableString.Invariant($"node {group.Key}: {Pools([.. group.Select(item => item.Pool)])}")));
        IReadOnlyList<NumaNode> nodes = subjects.Model.Memory.AllNodes;
        var findings = new List<Finding>();
        foreach (NumaNode home in subjects.Candidates.Select(device => NodeFacts.Of(subjects.Model, device)).OfType<NumaNode>().Distinct().Where(_ => nodes.Count > 1))
        {
            bool freeHere = filled.Any(item => item.Node.Id == home.Id && item.Pool.Free.Value > 0);
            bool freeElsewhere = filled.Any(item => item.Node.Id != home.Id && item.Pool.Free.Value > 0);
            if (!freeHere && freeElsewhere)
            {
                string who = Quote.List(subjects.Candidates.Where(device => NodeFacts.Of(subjects.Model, device) == home).Select(device => device.Address.ToString()));
                findings.Add(Make(Verdict.Warn, FormattableString.Invariant($"node:{home.Id}"),
                    FormattableString.Invariant($"Node {home.Id}, where {who} is, has no free huge page; free ones are only on other nodes ({table})."),
                    evidence, Reserve(home.Id, filled[0].Pool.SizeBytes)));
            }
        }

        if (findings.Count == 0 && nodes.Count > 1 && filled.Any(item => item.Pool.Free.Value > 0)
            && nodes.Any(node => filled.All(item => item.Node.Id != node.Id || item.Pool.Free.Value == 0))
            && GuestFacts.UnseenDefinition(subjects.Model) is { } unseen)
        {
            findings.Add(Make(Verdict.Unknown, "host", $"Huge pages: {table}. Whether a guest is given a function on a node without free ones is not known: {unseen.Sentence}", [.. evidence, unseen.Citation]));
        }
        else if (findings.Count == 0)
        {
            bool free = filled.Any(item => item.Pool.Free.Value > 0);
            findings.Add(free ? Make(Verdict.Pass, "host", $"Huge pages: {table}.", evidence)
                : Make(Verdict.Note, "host", $"Every reserved huge page is in use: {table}. A further guest needs more.", evidence));
        }

        return findings;
    }

    private Finding Whole(Subjects subjects, IReadOnlyList<HugePagePool> pools)
    {
        Citation[] evidence = [.. pools.Select(Cite)];
        HugePagePool[] filled = [.. pools.Where(pool => !pool.Total.IsKnown || pool.Total.Value > 0)];
        if (filled.FirstOrDefault(pool => !pool.Total.IsKnown || !pool.Free.IsKnown) is { } open)
        {
            return Make(Verdict.Unknown, "host", "Not every pool could be read: " + Quote.Unseen(open.Total.IsKnown ? open.Free : open.Total), evidence);
        }

        return filled.Length == 0 ? None(subjects, evidence)
            : filled.Any(pool => pool.Free.Value > 0) ? Make(Verdict.Pass, "host", $"Huge pages: {Pools(filled)}, on the only node.", evidence)
            : Make(Verdict.Note, "host", $"Every reserved huge page is in use: {Pools(filled)}. A further guest needs more.", evidence);
    }

    private Finding None(Subjects subjects, Citation[] evidence)
    {
        PciDevice? first = subjects.Candidates.Count > 0 ? subjects.Candidates[0] : null;
        int node = first is null ? 0 : NodeFacts.Of(subjects.Model, first)?.Id ?? 0;
        return Make(subjects.Profile is null ? Verdict.Note : Verdict.Warn, "host",
            "No huge page is reserved. Assignment works without; a guest on 4 KiB pages costs the IOMMU more translations.", evidence,
            Reserve(node, subjects.Model.Memory.DefaultHugePageBytes.Or(2 << 20)));
    }

    private static Remedy Reserve(int node, long sizeBytes)
    {
        long pages = Math.Max(1, (4L << 30) / Math.Max(1, sizeBytes));
        string folder = FormattableString.Invariant($"/sys/devices/system/node/node{node}/hugepages/hugepages-{sizeBytes / 1024}kB");
        return new Remedy(FormattableString.Invariant($"Reserve as much as the guest has, per node and before memory fragments; for a guest of 4 GiB these are {Quote.Count(pages, "page")} of ")
            + Quote.Bytes(sizeBytes) + ". The kernel may give fewer without an error: read nr_hugepages back.",
            FormattableString.Invariant($"echo {pages} > {folder}/nr_hugepages; cat {folder}/nr_hugepages"));
    }

    private static string Pools(IReadOnlyList<HugePagePool> pools) => pools.Count == 0 ? "no pool" : string.Join(", ", pools.Select(pool =>
    {
        string surplus = pool.Surplus is { IsKnown: true, Value: > 0 } ? FormattableString.Invariant($", {pool.Surplus.Value} surplus") : "";
        return FormattableString.Invariant($"{Amount(pool.Total)} of {Quote.Bytes(pool.SizeBytes)} ({Amount(pool.Free)} free{surplus})");
    }));

    private static string Amount(Reading<long> reading) => reading.IsKnown ? FormattableString.Invariant($"{reading.Value}") : "an unknown number";

    private static Citation Cite(HugePagePool pool) => Quote.Of(pool.Total);
}
