using Passthrough.Host.Guests;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>MEM-001: the memory of guests with assigned functions fits into the host.</summary>
internal sealed class Mem001PinnedMemory : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "MEM-001";

    /// <inheritdoc />
    public override string Title => "Pinned guest memory fits the host";

    /// <inheritdoc />
    public override Section Section => Section.Memory;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "VFIO pins the whole memory of a guest: it cannot be swapped, shared or ballooned away, so guests with assigned functions cannot share memory by "
        + "overcommitment. Memory on huge pages comes from their pools and is HUG-002's.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when the guest's memory, and that of all such guests that run or start with the machine, is less than the host's memory without its huge pages. "
        + "Fail when the guest alone exceeds it, Warn when they do together. Not applicable on huge pages. Unknown when an amount was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/driver-api/vfio.rst", "Linux: Documentation/filesystems/proc.rst (MemTotal)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Give the guests less memory, free huge pages that nobody uses, or do not start all of them together.")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        HostModel model = subjects.Model;
        if (definition.UsesHugePages)
        {
            tally.Add(Verdict.NotApplicable, "The guest's memory comes from huge pages (HUG-002).");
            return;
        }

        if (guest.IsRunning == true)
        {
            tally.Add(Verdict.Pass, "The guest runs, so its memory is pinned already.", GuestFacts.Cite(guest, "running"));
            return;
        }

        if (definition.TotalBytes is not { } need)
        {
            tally.Add(Verdict.Unknown, "The definition does not tell how much memory the guest has. Read its <memory> element.", GuestFacts.Cite(guest, "<memory>"));
            return;
        }

        if (Available(model, out string open) is not { } available)
        {
            tally.Add(Verdict.Unknown, open, Quote.Of(model.Memory.TotalBytes));
            return;
        }

        Citation line = GuestFacts.Cite(guest, $"memory {Quote.Bytes(need)}");
        if (need >= available)
        {
            tally.Add(guest.IsRunning is null ? Verdict.Unknown : Verdict.Fail, $"The guest's {Quote.Bytes(need)} are all pinned, and the host has {Quote.Bytes(available)} beside its huge pages"
                + (guest.IsRunning is null ? "; whether the guest runs all the same is not known. Look with \"virsh list\"." : "."), line, guest.IsRunning is null ? null : Remedies[0]);
            return;
        }

        long sure = 0;
        bool isOpen = GuestFacts.UnseenDefinition(model) is not null;
        foreach (Guest other in model.Guests.All.Where(other => other.Name != guest.Name && other.Definition is { IsKnown: true, Value.UsesHugePages: false } && other.Definition.Value!.Devices.Any()))
        {
            bool isSure = other.IsRunning == true || other.IsAutostarted == true;
            sure += isSure ? other.Definition.Value!.TotalBytes ?? 0 : 0;
            isOpen |= !isSure && (other.IsRunning is null || other.IsAutostarted is null);
        }

        if (need + sure >= available)
        {
            tally.Add(Verdict.Warn, $"With the guests that run or start with the machine {Quote.Bytes(need + sure)} would be pinned, and the host has {Quote.Bytes(available)} beside its huge pages.", line, Remedies[0]);
        }
        else if (isOpen)
        {
            tally.Add(Verdict.Unknown, "Which other guests pin memory at the same time is not known. Run ptdiag as root on the machine.", line);
        }
        else
        {
            tally.Add(Verdict.Pass, $"{Quote.Bytes(need + sure)} would be pinned, and the host has {Quote.Bytes(available)} beside its huge pages.", line);
        }
    }

    private static long? Available(HostModel model, out string open)
    {
        open = "";
        if (!model.Memory.TotalBytes.IsKnown)
        {
            open = $"The host's memory is not known: {Quote.Unseen(model.Memory.TotalBytes)}";
            return null;
        }

        long pools = 0;
        if (!model.Memory.HugePages.IsKnown && !(model.Memory.HugePages.IsAbsent && IommuFacts.AbsenceIsFact(model)))
        {
            open = $"How much memory is reserved for huge pages is not known: {Quote.Unseen(model.Memory.HugePages)}";
            return null;
        }

        foreach (HugePagePool pool in model.Memory.HugePages.Or([])!)
        {
            if (!pool.Total.IsKnown)
            {
                open = $"How much memory is reserved for huge pages is not known: {Quote.Unseen(pool.Total)}";
                return null;
            }

            pools += pool.Total.Value * pool.SizeBytes;
        }

        return model.Memory.TotalBytes.Value - pools;
    }
}
