namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-004: tokens for the other vendor's IOMMU.</summary>
internal sealed class Cmd004WrongVendor : LintedCheck
{
    public override string Id => "CMD-004";
    public override string Title => "IOMMU tokens are for this machine's vendor";
    public override Severity Severity => Severity.Low;

    public override string Explanation =>
        "intel_iommu= is read by VT-d's driver and amd_iommu= by AMD's. On a machine of the other vendor the token does nothing, yet intel_iommu=on makes even an AMD " +
        "machine print \"DMAR: IOMMU enabled\", which many guides take for success. The firmware's table decides, not the CPU: a virtual machine on an AMD CPU may have an Intel IOMMU.";

    public override string Criteria =>
        "Note: a token without effect because the machine has no such IOMMU. Unknown: the firmware tables were not seen. NotApplicable: no such token.";

    public override IReadOnlyList<string> References =>
        ["drivers/iommu/intel/iommu.c (intel_iommu_setup)", "drivers/iommu/amd/init.c (parse_amd_iommu_options)", "NVIDIA/kubevirt-gpu-device-plugin #45"];

    public override IReadOnlyList<Remedy> Remedies => [BootLine.Remove("a token of the other vendor")];

    protected override string None => "No token of the command line is for another vendor's IOMMU.";
}
