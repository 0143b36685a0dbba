using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-011: <c>intremap=</c> and <c>nointremap</c>.</summary>
internal sealed class Cmd011InterruptRemapping : CommandLineCheck
{
    private static readonly string[] _harmless = ["on", "no_x2apic_optout", "posted_msi"];

    public override string Id => "CMD-011";
    public override string Title => "Interrupt remapping is not switched off by a parameter";
    public override Severity Severity => Severity.High;
    protected override string Parameter => "intremap";

    public override string Explanation =>
        "intremap=off and nointremap switch interrupt remapping off; VFIO then refuses to assign devices. nosid stops the check of who sends an interrupt, nopost stops posted interrupts. " +
        "The list is read by prefix and unknown options are skipped silently.";

    public override string Criteria =>
        "Fail: off or nointremap is in effect. Warn: nosid, nopost or an unknown option. Note: an off that a later on takes back. Pass: no token, or harmless ones.";

    public override IReadOnlyList<string> References =>
        ["Documentation/admin-guide/kernel-parameters.txt (intremap=)", "drivers/iommu/irq_remapping.c (setup_irqremap)"];

    public override IReadOnlyList<Remedy> Remedies => [BootLine.Remove("intremap=off or nointremap")];

    protected override IEnumerable<Finding> Examine(HostModel model, KernelCommandLine line)
    {
        CommandLineToken[] tokens = [.. line.Tokens.Where(token => token.Is("intremap") || token.Is("nointremap"))];
        string? off = KernelParameters.Of(line).InterruptRemappingOff;
        foreach (CommandLineToken token in tokens)
        {
            yield return Judge(model, token, off is not null);
        }

        if (tokens.Length == 0)
        {
            yield return Make(Verdict.Pass, "host", "No parameter touches interrupt remapping, which is on by default where the platform has it.", [Cite(model, line.Text)]);
        }
    }

    private Finding Judge(HostModel model, CommandLineToken token, bool off)
    {
        IReadOnlyList<string> options = KernelParameters.Options(token);
        if (token.Is("nointremap") || options.Any(option => KernelParameters.Starts(option, "off")))
        {
            return off
                ? OfToken(model, Verdict.Fail, token, $"{token.Text} switches interrupt remapping off: VFIO refuses to assign devices, or is made to do so unsafely.",
                    BootLine.Remove(token.Text))
                : OfToken(model, Verdict.Note, token, "It is taken back by an intremap=on that follows; remove it.", BootLine.Remove(token.Text));
        }

        if (options.FirstOrDefault(option => KernelParameters.Match(option, ["nosid", "nopost"]) is not null) is { } weak)
        {
            return OfToken(model, Verdict.Warn, token, KernelParameters.Starts(weak, "nosid")
                ? "nosid: the source of an interrupt is not checked, so one device can send those of another."
                : "nopost: posted interrupts are off, so each interrupt for a guest costs an exit.", BootLine.Remove(token.Text));
        }

        string[] unknown = [.. options.Where(option => KernelParameters.Match(option, _harmless) is null)];
        return unknown.Length > 0 || options.Count == 0
            ? OfToken(model, Verdict.Warn, token, options.Count == 0
                ? "intremap needs a value; without one the kernel ignores it."
                : $"No known option: {string.Join(", ", unknown.Select(option => $"'{option}'"))}. The kernel skips it silently.", BootLine.Remove(token.Text))
            : OfToken(model, Verdict.Pass, token, "Every option is harmless.");
    }
}
