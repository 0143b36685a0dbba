using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-001: the <c>intel_iommu=</c> tokens, and whether one is needed.</summary>
internal sealed class Cmd001IntelIommu : CommandLineCheck
{
    private static readonly string[] _valid = ["on", "off", "igfx_off", "sp_off", "sm_on", "sm_off", "tboot_noforce"];
    private static readonly string[] _deprecated = ["forcedac", "strict"];

    public override string Id => "CMD-001";
    public override string Title => "intel_iommu= is valid and sufficient";
    public override Severity Severity => Severity.Medium;
    protected override string Parameter => "intel_iommu";

    public override string Explanation =>
        "intel_iommu= is a comma list (intel_iommu=on,sm_on is valid). Whether intel_iommu=on is needed depends on the kernel's build: with INTEL_IOMMU_DEFAULT_ON, or when firmware " +
        "opts in, VT-d starts without it. The line \"DMAR: IOMMU enabled\" is printed when the option is parsed and proves nothing about the hardware. " +
        "Misspelt options are reported by newer kernels and were ignored silently by older ones.";

    public override string Criteria =>
        "Fail: off is in effect and this may be an Intel IOMMU; or on is missing although a DMAR table is there, no unit registered and the kernel's default is off. " +
        "Warn: an unknown option; or on is missing, no unit registered, and the kernel's default is not known. " +
        "Note: a deprecated option, an off that a later on takes back, or an off without effect. Pass: every option is valid. NotApplicable: no token and none needed.";

    public override IReadOnlyList<string> References =>
        ["Documentation/admin-guide/kernel-parameters.txt (intel_iommu=)", "drivers/iommu/intel/iommu.c (intel_iommu_setup)", "drivers/iommu/intel/Kconfig (INTEL_IOMMU_DEFAULT_ON)"];

    public override IReadOnlyList<Remedy> Remedies => [BootLine.Add("intel_iommu=on"), BootLine.Remove("intel_iommu=off")];

    /// <summary>
    /// intel_iommu=on is missing and needed: a DMAR table, no translation, nothing else that switches it off, and a kernel
    /// that is not known to start VT-d by itself. True: the kernel's default is known to be off; null: the default is not known.
    /// </summary>
    internal static (bool Missing, bool? DefaultOff) OnIsMissing(HostModel model, KernelParameters parameters)
    {
        bool silent = parameters is { IntelOn: null, IntelOff: null, IommuOff: null };
        bool idle = IommuJudgement.HasDmar(model) == true && IommuJudgement.Of(model).State == TriState.No
            && IommuJudgement.RegisteredUnits(model).Count == 0
            && !PlatformEvidence.LogEvents(model, LogEventKind.TranslationUnsupported).Any();
        return (silent && idle && DefaultOn(model) != true, DefaultOn(model) == false ? true : null);
    }

    // Debian's kernels have a choice of their own that starts VT-d for all but integrated graphics.
    private static bool? DefaultOn(HostModel model) => model.Kernel.Config.Values.IsKnown
        ? model.Kernel.Config["INTEL_IOMMU_DEFAULT_ON"] == "y" || model.Kernel.Config["INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF"] == "y"
        : null;

    protected override IEnumerable<Finding> Examine(HostModel model, KernelCommandLine line)
    {
        KernelParameters effect = KernelParameters.Of(line);
        foreach (CommandLineToken token in line.Named(Parameter))
        {
            yield return Judge(model, effect, token);
        }

        (bool missing, bool? defaultOff) = OnIsMissing(model, effect);
        if (missing)
        {
            yield return Make(defaultOff == true ? Verdict.Fail : Verdict.Warn, "host", defaultOff == true
                ? "A DMAR table is there, but no unit registered: this kernel starts VT-d only with intel_iommu=on, and the command line does not hold it."
                : "A DMAR table is there, but VT-d is not translating and the command line does not hold intel_iommu=on; whether this kernel starts VT-d without it was not recorded.",
                [Cite(model, line.Text), new Citation(model.Kernel.Config.Values.Source, null, DefaultText(model))], BootLine.Add("intel_iommu=on"));
        }
        else if (!line.Named(Parameter).Any() && MayBeNeeded(model, effect))
        {
            yield return Make(Verdict.Unknown, "host", "The command line holds no intel_iommu= token, and whether one is needed is not known, because whether VT-d translates was not seen. "
                + "Run ptdiag as root on the host itself to know.", [Cite(model, line.Text)]);
        }
        else if (!line.Named(Parameter).Any())
        {
            yield return Make(Verdict.NotApplicable, "host", "The command line holds no intel_iommu= token, and none is seen to be needed.",
                [Cite(model, line.Text)]);
        }
    }

    // No translation is seen, none is excluded, and nothing says that the machine is no Intel one or starts VT-d by itself.
    private static bool MayBeNeeded(HostModel model, KernelParameters effect) => effect.IommuOff is null
        && IommuJudgement.Of(model).State == TriState.Unknown
        && (IommuJudgement.HasDmar(model) ?? model.Cpu.Vendor is null or "intel")
        && DefaultOn(model) != true;

    private static string? DefaultText(HostModel model) => model.Kernel.Config["INTEL_IOMMU_DEFAULT_ON"] is { } value
        ? $"CONFIG_INTEL_IOMMU_DEFAULT_ON={value}" : null;

    private Finding Judge(HostModel model, KernelParameters effect, CommandLineToken token)
    {
        IReadOnlyList<string> options = KernelParameters.Options(token);
        string[] unknown = [.. options.Where(option => KernelParameters.Match(option, [.. _valid, .. _deprecated]) is null)];
        if (options.Any(option => KernelParameters.Starts(option, "off")))
        {
            bool foreign = IommuJudgement.HasDmar(model) == false;
            bool active = IommuJudgement.Of(model) is { State: TriState.Yes, Vendor: "intel" };
            return effect.IntelOff is null
                ? OfToken(model, Verdict.Note, token, "off is taken back by an on that follows; remove it.", BootLine.Remove(token.Text))
                : foreign ? OfToken(model, Verdict.Note, token, "This machine has no DMAR table, so the token has no effect.")
                : active ? OfToken(model, Verdict.Warn, token, "The token asks to switch VT-d off, yet units of it are at work (trusted boot or firmware forced it on); remove the token.", BootLine.Remove(token.Text))
                : OfToken(model, Verdict.Fail, token, $"{token.Text} switches VT-d off: no device can be assigned.", BootLine.Replace(token.Text, "intel_iommu=on"));
        }

        if (unknown.Length > 0 || options.Count == 0)
        {
            return OfToken(model, Verdict.Warn, token, options.Count == 0
                ? "intel_iommu needs a value, for example intel_iommu=on; without one the kernel ignores it."
                : $"No known option: {string.Join(", ", unknown.Select(Quote))}. The kernel skips it (newer kernels log \"Unknown option\").",
                BootLine.Replace(token.Text, "intel_iommu=on"));
        }

        string[] old = [.. options.Where(option => KernelParameters.Match(option, _deprecated) is not null)];
        return old.Length > 0
            ? OfToken(model, Verdict.Note, token, $"Deprecated: {string.Join(", ", old)}. Use iommu.strict=1 for strict and iommu.forcedac=1 for forcedac.")
            : OfToken(model, Verdict.Pass, token, "Every option is valid. It shows the wish, not the result: units that registered do (IOM-001).");
    }

    private static string Quote(string text) => $"'{text}'";
}
