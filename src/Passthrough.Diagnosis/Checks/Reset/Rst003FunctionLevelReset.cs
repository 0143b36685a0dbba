using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>RST-003: whether the device advertises function level reset.</summary>
internal sealed class Rst003FunctionLevelReset : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "RST-003";

    /// <inheritdoc />
    public override string Title => "Function level reset is advertised";

    /// <inheritdoc />
    public override Section Section => Section.Reset;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "Function level reset is the method that the specification defines for one function, in the PCI Express or the Advanced Features capability. It is the cleanest, not the only one; the kernel ignores it on parts that are known to implement it wrongly. "
        + "The reset file in sysfs says only that some method works.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when the capability is advertised. Note when it is not: RST-001 judges what else there is. Unknown when config space was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["PCI Express Base specification, section 6.6.2 (FLR)", "Linux: drivers/pci/pci.c (pcie_reset_flr, pci_af_flr)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Nothing can be done about the device; see RST-001 for the other methods.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        string subject = device.Address.ToString();
        Citation evidence = Quote.Of(device.Config) with { Excerpt = device.Config.IsKnown ? FormattableString.Invariant($"{device.Config.Value!.Length} bytes read") : Quote.Outcome(device.Config) };
        yield return device.Capabilities.Flr switch
        {
            true => Make(Verdict.Pass, subject, device.ResetMethods.IsKnown && !device.ResetMethods.Value!.Any(method => method is "flr" or "af_flr")
                ? $"{subject} advertises function level reset; this kernel does not use it." : $"{subject} advertises function level reset.", [evidence, Quote.Of(device.ResetMethods)]),
            false => Make(Verdict.Note, subject, $"{subject} advertises no function level reset.", [evidence]),
            _ => Make(Verdict.Unknown, subject, $"Whether {subject} advertises function level reset is not known: its capabilities were not read. Run ptdiag as root on the host itself.", [evidence]),
        };
    }
}
