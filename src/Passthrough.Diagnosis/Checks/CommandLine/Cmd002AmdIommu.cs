using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-002: the <c>amd_iommu=</c> tokens.</summary>
internal sealed class Cmd002AmdIommu : CommandLineCheck
{
    private static readonly string[] _valid =
        ["off", "force_enable", "force_isolation", "fullflush", "pgtbl_v1", "pgtbl_v2", "irtcachedis", "nohugepages", "v2_pgsizes_only"];

    public override string Id => "CMD-002";
    public override string Title => "amd_iommu= is valid";
    public override Severity Severity => Severity.Medium;
    protected override string Parameter => "amd_iommu";

    public override string Explanation =>
        "AMD-Vi starts by itself where firmware shows an IVRS table. There is no option to switch it on: many guides give \"on\" as its value, the kernel answers " +
        "\"AMD-Vi: Unknown option - 'on'\" and does nothing. Newer kernels know more options than older ones.";

    public override string Criteria =>
        "Fail: off, and this may be an AMD IOMMU. Warn: an option that is not known. Note: the value on (no effect), fullflush (deprecated), or off without an IVRS table. " +
        "Pass: every option is valid. NotApplicable: no token.";

    public override IReadOnlyList<string> References =>
        ["Documentation/admin-guide/kernel-parameters.txt (amd_iommu=)", "drivers/iommu/amd/init.c (parse_amd_iommu_options)"];

    public override IReadOnlyList<Remedy> Remedies => [BootLine.Remove("an amd_iommu= token that does nothing or does harm")];

    protected override IEnumerable<Finding> Examine(HostModel model, KernelCommandLine line)
    {
        CommandLineToken[] tokens = [.. line.Named(Parameter)];
        foreach (CommandLineToken token in tokens)
        {
            yield return Judge(model, token);
        }

        if (tokens.Length == 0)
        {
            yield return Make(Verdict.NotApplicable, "host", "The command line holds no amd_iommu= token; AMD-Vi needs none.", [Cite(model, line.Text)]);
        }
    }

    private Finding Judge(HostModel model, CommandLineToken token)
    {
        IReadOnlyList<string> options = KernelParameters.Options(token);
        if (options.Any(option => KernelParameters.Starts(option, "off")))
        {
            return IommuJudgement.HasIvrs(model) == false
                ? OfToken(model, Verdict.Note, token, "This machine has no IVRS table, so the token has no effect.")
                : IommuJudgement.Of(model) is { State: TriState.Yes, Vendor: "amd" }
                ? OfToken(model, Verdict.Warn, token, "The token asks to switch AMD-Vi off, yet units of it are at work; remove the token.", BootLine.Remove(token.Text))
                : OfToken(model, Verdict.Fail, token, $"{token.Text} switches AMD-Vi off: no device can be assigned.", BootLine.Remove(token.Text));
        }

        string[] unknown = [.. options.Where(option => KernelParameters.Match(option, _valid) is null)];
        if (unknown is ["on"])
        {
            return OfToken(model, Verdict.Note, token, "The value on is no option of this parameter and has no effect: AMD-Vi starts by itself. It proves nothing and can go.",
                BootLine.Remove(token.Text));
        }

        if (unknown.Length > 0 || options.Count == 0)
        {
            return OfToken(model, Verdict.Warn, token, options.Count == 0
                ? "amd_iommu needs a value; without one the kernel ignores it."
                : $"No option that is known here: {string.Join(", ", unknown.Select(option => $"'{option}'"))}. A kernel that does not know it skips it (newer kernels log \"Unknown option\").",
                BootLine.Remove(token.Text));
        }

        return options.Contains("fullflush")
            ? OfToken(model, Verdict.Note, token, "fullflush is deprecated; iommu.strict=1 says the same on newer kernels.")
            : OfToken(model, Verdict.Pass, token, "Every option is valid.");
    }
}
