using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-003: the <c>iommu=</c> tokens.</summary>
internal sealed class Cmd003Iommu : CommandLineCheck
{
    // The GART options of old AMD machines are parsed from the same parameter.
    private static readonly string[] _valid =
    [
        "force", "noforce", "biomerge", "panic", "nopanic", "merge", "nomerge", "pt", "nopt", "usedac", "forcesac", "allowdac", "nodac",
        "fullflush", "nofullflush", "noagp", "noaperture", "memaper", "leak",
    ];

    public override string Id => "CMD-003";
    public override string Title => "iommu= is valid";
    public override Severity Severity => Severity.Medium;
    protected override string Parameter => "iommu";

    public override string Explanation =>
        "On x86 iommu= is a comma list of wishes about DMA mapping. off keeps every IOMMU driver from starting; soft asks for bounce buffers in the place of a hardware IOMMU. " +
        "The values 1 and on are no options and do nothing, although tools still advise them. Unknown values are skipped silently.";

    public override string Criteria =>
        "Fail: off, unless an IOMMU is at work all the same. Warn: soft, or an unknown option. Note: 1 or on, or the token on a machine that is no x86. " +
        "Pass: every option is valid. NotApplicable: no token.";

    public override IReadOnlyList<string> References =>
        ["Documentation/admin-guide/kernel-parameters.txt (iommu=)", "arch/x86/kernel/pci-dma.c (iommu_setup)"];

    public override IReadOnlyList<Remedy> Remedies => [BootLine.Remove("iommu=off or an iommu= token that does nothing")];

    protected override IEnumerable<Finding> Examine(HostModel model, KernelCommandLine line)
    {
        CommandLineToken[] tokens = [.. line.Named(Parameter)];
        foreach (CommandLineToken token in tokens)
        {
            yield return model.Cpu.Vendor == "arm"
                ? OfToken(model, Verdict.Note, token, "iommu= is parsed on x86; on Arm iommu.passthrough= and iommu.strict= are the ones that count.")
                : Judge(model, token);
        }

        if (tokens.Length == 0)
        {
            yield return Make(Verdict.NotApplicable, "host", "The command line holds no iommu= token; none is needed.", [Cite(model, line.Text)]);
        }
    }

    private Finding Judge(HostModel model, CommandLineToken token)
    {
        IReadOnlyList<string> options = KernelParameters.Options(token);
        if (options.Any(option => KernelParameters.Starts(option, "off")))
        {
            return IommuJudgement.Of(model).State == TriState.Yes
                ? OfToken(model, Verdict.Warn, token, "The token asks to switch the IOMMU off, yet one is at work (firmware or trusted boot forced it on); remove the token.",
                    BootLine.Remove(token.Text))
                : OfToken(model, Verdict.Fail, token, $"{token.Text} keeps every x86 IOMMU driver from starting: no device can be assigned.", BootLine.Remove(token.Text));
        }

        if (options.Any(option => KernelParameters.Starts(option, "soft")))
        {
            return OfToken(model, Verdict.Warn, token, "soft asks for software bounce buffers in the place of a hardware IOMMU; remove it on a host that assigns devices.",
                BootLine.Remove(token.Text));
        }

        string[] idle = [.. options.Where(option => option is "1" or "on")];
        string[] unknown = [.. options.Except(idle).Where(option => KernelParameters.Match(option, _valid) is null)];
        return unknown.Length > 0 || options.Count == 0
            ? OfToken(model, Verdict.Warn, token, options.Count == 0
                ? "iommu needs a value; without one the kernel ignores it."
                : $"No known option: {string.Join(", ", unknown.Select(option => $"'{option}'"))}. The kernel skips it silently.", BootLine.Remove(token.Text))
            : idle.Length > 0
            ? OfToken(model, Verdict.Note, token, $"The value {string.Join(", ", idle)} is no option of iommu= and has no effect; it proves nothing and can go.",
                BootLine.Remove(token.Text))
            : OfToken(model, Verdict.Pass, token, "Every option is valid.");
    }
}
