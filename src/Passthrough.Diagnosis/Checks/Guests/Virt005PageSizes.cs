using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Memory;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-005: the huge pages that a guest asks for exist in that size.</summary>
internal sealed class Virt005PageSizes : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-005";

    /// <inheritdoc />
    public override string Title => "The host has the huge page size";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "A <page> element names a size, which the host's kernel must have a pool for, and with nodeset the cells of the guest (not nodes of the host) that it "
        + "is for. Without a <page> element the guest takes the host's default size. /proc/meminfo counts the default size only.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when the host has a pool of each size. Fail when it has none, or a nodeset names a cell that the guest lacks. Not applicable without huge pages. "
        + "Unknown when the pools were not read. How many pages there are is HUG-002's.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["libvirt: domain XML format, <memoryBacking><hugepages>", "Linux: Documentation/admin-guide/mm/hugetlbpage.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Ask for a size that the host has, or add the size to the host: hugepagesz=1G hugepages=N on the kernel command line for 1 GiB pages.")];

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

        Reading<IReadOnlyList<HugePagePool>> pools = subjects.Model.Memory.HugePages;
        int cells = Math.Max(1, definition.Cells.Count);
        foreach (GuestHugePages? page in definition.HugePages.DefaultIfEmpty())
        {
            if (page?.Nodeset is { } nodeset && GuestFacts.Members(nodeset).Any(cell => cell >= cells && definition.Cells.All(item => item.Id != cell)))
            {
                tally.Add(Verdict.Fail, $"nodeset='{nodeset}' of a <page> names a cell that the guest does not have; it counts the guest's cells, not the host's nodes.",
                    GuestFacts.Cite(guest, $"nodeset='{nodeset}'"), new Remedy("Name cells of the guest's own <numa> element, or leave nodeset out; placement on the host belongs into <numatune>."));
            }

            if (GuestBudget.PageSize(subjects.Model, page, out string open) is not { } size)
            {
                tally.Add(Verdict.Unknown, open, GuestFacts.Cite(guest, "<hugepages>"));
            }
            else if (!pools.IsKnown && !(pools.IsAbsent && IommuFacts.AbsenceIsFact(subjects.Model)))
            {
                tally.Add(Verdict.Unknown, $"Which page sizes the host has is not known: {Quote.Unseen(pools)}", Quote.Of(pools));
            }
            else if (pools.Or([])!.Any(pool => pool.SizeBytes == size))
            {
                tally.Add(Verdict.Pass, $"The host has a pool of {Quote.Bytes(size)} pages.", new Citation(pools.Source, null, Sizes(pools)));
            }
            else
            {
                tally.Add(Verdict.Fail, $"The guest asks for pages of {Quote.Bytes(size)}, and the host has pools of {Sizes(pools)} only.", new Citation(pools.Source, null, Sizes(pools)), Remedies[0]);
            }
        }
    }

    private static string Sizes(Reading<IReadOnlyList<HugePagePool>> pools) =>
        pools.Or([])!.Count == 0 ? "no size" : Quote.List(pools.Value!.Select(pool => Quote.Bytes(pool.SizeBytes)));
}
