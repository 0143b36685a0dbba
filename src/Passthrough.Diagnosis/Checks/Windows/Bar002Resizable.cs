using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>BAR-002: what a resizable BAR is set to.</summary>
internal sealed class Bar002Resizable : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "BAR-002";

    /// <inheritdoc />
    public override string Title => "Size of resizable BARs";

    /// <inheritdoc />
    public override Section Section => Section.MemoryWindows;

    /// <inheritdoc />
    public override Severity Severity => Severity.Low;

    /// <inheritdoc />
    public override string Explanation =>
        "With Resizable BAR the host sets how much of a device's memory shows at once. A guest gets the size that is set when vfio-pci takes the device, and cannot raise it unless its virtual firmware and QEMU leave room. "
        + "Since Linux 6.1 resourceN_resize sets it; the device must have no driver then.";

    /// <inheritdoc />
    public override string Criteria =>
        "Note with each resizable BAR's size and largest size. Not applicable without the capability. Unknown when extended config space was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/ABI/testing/sysfs-bus-pci (resourceN_resize)", "PCI Express Base specification, section 7.8.6 (Resizable BAR)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Where a driver in the guest wants the whole memory, set the size before vfio-pci takes the device; some cards and guests work only with the small one.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        string subject = device.Address.ToString();
        PciCapabilities caps = device.Capabilities;
        Citation evidence = Quote.Of(device.Config) with { Excerpt = device.Config.IsKnown ? FormattableString.Invariant($"{device.Config.Value!.Length} bytes read") : Quote.Outcome(device.Config) };
        if (caps.ResizableBar == false || caps.Express == false || device.Sriov.PhysicalFunction is not null)
        {
            yield return Make(Verdict.NotApplicable, subject, $"{subject} has no resizable BAR.", [evidence]);
        }
        else if (caps.ResizableBars is not { Count: > 0 } bars)
        {
            yield return Make(Verdict.Unknown, subject, $"Whether {subject} has resizable BARs is not known: its extended config space was not read. Run ptdiag as root on the host itself.", [evidence]);
        }
        else
        {
            yield return Make(Verdict.Note, subject, $"{subject}: {Quote.List(bars.Select(bar => FormattableString.Invariant($"BAR {bar.Index} is {Quote.Bytes(bar.SizeBytes)} of at most {Quote.Bytes(bar.LargestBytes)}")))}.", [evidence]);
        }
    }
}
