namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-012: the options of <c>pci=</c> that get in the way.</summary>
internal sealed class Cmd012PciOptions : LintedCheck
{
    public override string Id => "CMD-012";
    public override string Title => "pci= holds nothing that gets in the way";
    public override Severity Severity => Severity.Medium;

    public override string Explanation =>
        "pci= is a comma list. nomsi takes message interrupts from every device, nommconf hides the extended config space with ACS and SR-IOV, nocrs ignores the windows that " +
        "firmware names, disable_acs_redir gives isolation away for direct transfers. realloc helps where firmware left too small windows. Options that the kernel does not know are logged and skipped.";

    public override string Criteria =>
        "Warn: an option that takes a feature away that passthrough needs. Note: any other option. NotApplicable: no pci= token. Unknown: no command line.";

    public override IReadOnlyList<string> References =>
        ["Documentation/admin-guide/kernel-parameters.txt (pci=)", "drivers/pci/pci.c (pci_setup)", "arch/x86/pci/common.c (pcibios_setup)"];

    public override IReadOnlyList<Remedy> Remedies => [BootLine.Remove("the option, unless this machine does not run without it,")];

    protected override string None => "The command line holds no pci= token.";
}
