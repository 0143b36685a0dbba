using Passthrough.Diagnosis.CommandLineLint;

namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-009: <c>pcie_acs_override=</c>.</summary>
internal sealed class Cmd009AcsOverride : LintedCheck
{
    public override string Id => "CMD-009";
    public override string Title => "No ACS override is asked for";
    public override Severity Severity => Severity.High;

    public override string Explanation =>
        "pcie_acs_override= was never part of the kernel. A stock kernel ignores it, so groups stay as they are and the user believes in a split that is not there. A patched kernel " +
        "splits the groups and says \"PCIe ACS overrides enabled\": the hardware then still lets the devices of different guests reach each other. pci=config_acs= and " +
        "pci=disable_acs_redir= are the kernel's own parameters and cannot give ACS to a port that has none.";

    public override string Criteria =>
        "Warn: the token is there; the message tells whether this kernel ignores it or pretends isolation. NotApplicable: no token. Unknown: no command line.";

    public override IReadOnlyList<string> References =>
        ["Documentation/admin-guide/kernel-parameters.txt (pci=, no pcie_acs_override)", "drivers/pci/pci.c (pci_acs_enabled)", "eve PR #5969"];

    public override IReadOnlyList<Remedy> Remedies =>
        [BootLine.Remove("pcie_acs_override="), new("Move the card to a slot with a group of its own, or pass the whole group to one guest.")];

    protected override string None => "The command line holds no pcie_acs_override= token.";

    // Ignored or obeyed, it misleads: both are a warning, so that a lost log changes the words alone.
    protected override Verdict VerdictOf(TokenJudgement judgement) => Verdict.Warn;
}
