using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>HUG-002: the huge pages that a guest takes are free on its nodes.</summary>
internal sealed class Hug002GuestFits : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "HUG-002";

    /// <inheritdoc />
    public override string Title => "The guest fits into the huge pages";

    /// <inheritdoc />
    public override Section Section => Section.Memory;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "A guest on huge pages starts only when its memory, divided by the page size, is free on the nodes that numatune names. Each node has a pool of each "
        + "size: pages on another node, or of another size, do not help, and the sums of /proc/meminfo hide that.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when enough pages are free, or the guest runs. Fail when fewer are reserved than it needs and the kernel may add none; Warn when enough are "
        + "reserved but others use them, or the kernel may add some. Not applicable without huge pages. Unknown when pools were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/admin-guide/mm/hugetlbpage.rst", "libvirt: domain XML format, <memoryBacking><hugepages>, <numatune>"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Reserve the missing pages on the guest's node: nr_hugepages of the node, early after boot, or hugepages=NODE:N on the kernel command line.")];

    /// <inheritdoc />
    protected override bool NeedsFunctions => false;

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        if (!definition.UsesHugePages)
        {
            tally.Add(Verdict.NotApplicable, "The guest's memory is not to come from huge pages.");
            return;
        }

        if (guest.IsRunning == true)
        {
            tally.Add(Verdict.Pass, "The guest runs, so it has its pages.", GuestFacts.Cite(guest, "running"));
            return;
        }

        if (GuestBudget.Demands(subjects.Model, definition, out string open) is not { } demands)
        {
            tally.Add(Verdict.Unknown, open, GuestFacts.Cite(guest, "<hugepages>"));
            return;
        }

        // What fits into some nodes must also fit together with every demand on a part of them.
        foreach (PageDemand place in demands)
        {
            long pages = demands.Where(other => other.SizeBytes == place.SizeBytes && IsWithin(other.Nodes, place.Nodes)).Sum(other => other.Pages);
            Judge(subjects.Model, guest, place, pages, tally);
        }
    }

    private static bool IsWithin(CpuSet? inner, CpuSet? outer) => outer is null || (inner is not null && inner.Except(outer).Count == 0);

    private static void Judge(HostModel model, Guest guest, PageDemand place, long pages, Tally tally)
    {
        string where = place.Nodes is null ? "the machine" : $"node {place.Nodes}";
        string size = Quote.Bytes(place.SizeBytes);
        Reading<long> total = GuestBudget.Pages(model, place.SizeBytes, place.Nodes, pool => pool.Total);
        Reading<long> free = GuestBudget.Pages(model, place.SizeBytes, place.Nodes, pool => pool.Free);
        if (!total.IsKnown || !free.IsKnown)
        {
            Reading<long> missing = total.IsKnown ? free : total;
            tally.Add(Verdict.Unknown, $"How many pages of {size} {where} has is not known: {Quote.Unseen(missing)}", Quote.Of(missing));
            return;
        }

        string sum = FormattableString.Invariant($"The guest needs {pages} pages of {size} ({Quote.Bytes(pages * place.SizeBytes)}); {where} has {total.Value}, of which {free.Value} are free");
        Citation line = Quote.Of(free);
        if (free.Value >= pages)
        {
            tally.Add(Verdict.Pass, sum + ".", line);
            return;
        }

        string shortfall = FormattableString.Invariant($"{sum}: {pages - Math.Max(free.Value, 0)} are missing");
        Remedy reserve = Reserve(place, total.Value + pages - free.Value);
        Reading<long> more = GuestBudget.Pages(model, place.SizeBytes, null, pool => pool.Overcommit);
        if (guest.IsRunning is null)
        {
            tally.Add(Verdict.Unknown, $"{shortfall}, unless it runs already, which is not known. Look with \"virsh list\".", line);
        }
        else if (total.Value >= pages)
        {
            tally.Add(Verdict.Warn, shortfall + ", because others use them now.", line, reserve);
        }
        else if (!more.IsKnown)
        {
            tally.Add(Verdict.Unknown, $"{shortfall}, unless the kernel may add pages on demand, which is not known: {Quote.Unseen(more)}", line);
        }
        else
        {
            tally.Add(more.Value > 0 ? Verdict.Warn : Verdict.Fail, more.Value > 0
                ? FormattableString.Invariant($"{shortfall}; the kernel may add {more.Value} on demand, if it finds them.") : shortfall + ".", line, reserve);
        }
    }

    private static Remedy Reserve(PageDemand place, long pages)
    {
        string folder = FormattableString.Invariant($"hugepages-{place.SizeBytes / 1024}kB");
        string path = place.Nodes is { Count: 1 } node ? FormattableString.Invariant($"/sys/devices/system/node/node{node.Members[0]}/hugepages/{folder}/nr_hugepages")
            : place.Nodes is null ? $"/sys/kernel/mm/hugepages/{folder}/nr_hugepages" : "";
        return new Remedy("Reserve the missing pages early after boot, before memory is fragmented, and read the number back: the kernel may give fewer without an error.",
            path.Length == 0 ? null : FormattableString.Invariant($"echo {pages} > {path}; cat {path}"));
    }
}
