using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>BAR-001: every BAR has an address.</summary>
internal sealed class Bar001Assigned : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "BAR-001";

    /// <inheritdoc />
    public override string Title => "Every memory window has an address";

    /// <inheritdoc />
    public override Section Section => Section.MemoryWindows;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "A BAR that got no address does not work, neither for the host nor for a guest. Large ones (graphics, accelerators) need room above 4 GiB, which firmware must offer. "
        + "Lines such as \"can't assign; no space\" in the kernel log prove nothing by themselves: a later line often finds room.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when every memory BAR with a size has an address. Fail when one has none. Note when only a port BAR has none: few devices need ports. Unknown when the resource file was not read, or shows no address at all on this machine.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/PCI/sysfs-pci.rst (resource)", "Linux: drivers/pci/pci-sysfs.c", "Linux: Documentation/admin-guide/kernel-parameters.txt (pci=realloc)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Switch \"Above 4G decoding\" on in the firmware setup (it may be called MMIOH or 64-bit BARs), boot by UEFI, and as a test let the kernel assign anew with pci=realloc on its command line.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        Reading<IReadOnlyList<PciBar>> bars = device.Bars;
        if (!bars.IsKnown)
        {
            yield return Make(Verdict.Unknown, subject, $"The BARs of {subject} are not known: {Quote.Unseen(bars)}", [Quote.Of(bars)]);
            yield break;
        }

        PciBar[] unassigned = [.. bars.Value!.Where(bar => bar.Start == 0)];
        PciBar[] memory = [.. unassigned.Where(bar => bar.Kind != PciBarKind.Io)];
        Citation[] evidence = [new(bars.Source, null, bars.Value!.Count == 0 ? "(no BAR with a size)" : Quote.List(bars.Value.Select(Words), 6))];
        if (unassigned.Length > 0 && !model.Pci.All.Any(other => other.Bars.Or([])!.Any(bar => bar.Start != 0)))
        {
            yield return Make(Verdict.Unknown, subject, $"No function of this machine shows an address in its resource file, so those of {subject} may only be hidden. Run ptdiag as root on the host itself.", evidence);
        }
        else if (memory.Length > 0)
        {
            yield return Make(Verdict.Fail, subject, $"{Quote.List(memory.Select(Words))} of {subject} {(memory.Length == 1 ? "has" : "have")} no address.", evidence, Remedies);
        }
        else
        {
            yield return unassigned.Length > 0
                ? Make(Verdict.Note, subject, $"Every memory BAR of {subject} has an address; {Quote.List(unassigned.Select(Words))} has none, which few devices need.", evidence)
                : Make(Verdict.Pass, subject, bars.Value.Count == 0 ? $"{subject} has no BAR with a size." : $"Every BAR of {subject} has an address.", evidence);
        }
    }

    private static string Words(PciBar bar) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"BAR {bar.Index} ({(bar.SizeBytes <= long.MaxValue ? Quote.Bytes((long)bar.SizeBytes) : "of impossible size")}{(bar.Kind == PciBarKind.Io ? " of ports" : "")})");
}
