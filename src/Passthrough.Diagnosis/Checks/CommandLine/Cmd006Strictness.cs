namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-006: <c>iommu.strict=</c>.</summary>
internal sealed class Cmd006Strictness : LintedCheck
{
    public override string Id => "CMD-006";
    public override string Title => "Flushing of the IOMMU asked for on the command line";
    public override Severity Severity => Severity.Info;

    public override string Explanation =>
        "iommu.strict=1 flushes an address from the IOMMU as soon as the host's driver gives it up; iommu.strict=0 flushes in batches, which is faster and leaves a short time in " +
        "which a device still reaches memory that it no longer owns. Guests' devices are not concerned. intel_iommu=strict and amd_iommu=fullflush are the old spellings.";

    public override string Criteria => "Note: a token says how to flush, or has no effect. NotApplicable: no token, so the kernel's build decides. Unknown: no command line.";

    public override IReadOnlyList<string> References =>
        ["Documentation/admin-guide/kernel-parameters.txt (iommu.strict=)", "drivers/iommu/iommu.c (iommu_dma_setup)"];

    public override IReadOnlyList<Remedy> Remedies => [];

    protected override string None => "The command line leaves the flushing of the IOMMU to the kernel.";
}
