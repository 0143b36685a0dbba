using Passthrough.Host.Guests;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-007: a hard_limit leaves room for what VFIO pins.</summary>
internal sealed class Virt007HardLimit : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-007";

    /// <inheritdoc />
    public override string Title => "No hard_limit stands in the way";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "With an assigned function all of the guest's memory is pinned, and libvirt takes <hard_limit> as the limit of locked memory. When it is smaller than "
        + "the guest's memory and QEMU's own needs, mapping fails (Cannot allocate memory) or the guest is killed later. Without <hard_limit> libvirt computes "
        + "the limit itself.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass without hard_limit, or when it is at least memory plus 1 GiB, with a virtual IOMMU the memory once for each function. Fail below the guest's "
        + "memory. Warn between the two.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["libvirt: domain XML format, <memtune><hard_limit>", "libvirt: src/qemu/qemu_domain.c (qemuDomainGetMemLockLimitBytes)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Remove <hard_limit>: libvirt then computes the limit of locked memory from the guest.")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        if (definition.HardLimitBytes is not { } limit)
        {
            bool isBad = definition.Problems.Any(problem => problem.Contains("<hard_limit>", StringComparison.Ordinal));
            tally.Add(isBad ? Verdict.Unknown : Verdict.Pass, isBad ? "The <hard_limit> is no amount. Read it." : "No <hard_limit> is set.", GuestFacts.Cite(guest, "hard_limit"));
            return;
        }

        Citation line = GuestFacts.Cite(guest, $"hard_limit {Quote.Bytes(limit)}");
        if (definition.TotalBytes is not { } memory || GuestBudget.LockedBytes(subjects.Model, definition) is not { } need)
        {
            tally.Add(Verdict.Unknown, "The definition does not tell how much memory the guest has. Read its <memory> element.", line);
        }
        else if (limit < memory)
        {
            tally.Add(Verdict.Fail, $"<hard_limit> is {Quote.Bytes(limit)}, less than the {Quote.Bytes(memory)} of memory that VFIO pins.", line, Remedies[0]);
        }
        else if (limit < need)
        {
            tally.Add(Verdict.Warn, $"<hard_limit> is {Quote.Bytes(limit)}; libvirt itself would allow {Quote.Bytes(need)} for this guest.", line, Remedies[0]);
        }
        else
        {
            tally.Add(Verdict.Pass, $"<hard_limit> of {Quote.Bytes(limit)} leaves room for {Quote.Bytes(need)}.", line);
        }
    }
}
