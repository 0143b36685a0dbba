using Passthrough.Host.Iommu;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-005: is <c>iommu=pt</c> there, and what does it do?</summary>
internal sealed class Cmd005DefaultPassthrough : CommandLineCheck
{
    public override string Id => "CMD-005";
    public override string Title => "Default domain asked for on the command line";
    public override Severity Severity => Severity.Info;
    protected override string Parameter => "iommu.passthrough";

    public override string Explanation =>
        "iommu=pt and iommu.passthrough=1 give devices that the host drives itself an identity mapping, which spares them the cost of translation. A device given to VFIO is translated " +
        "in either case, so the option neither enables nor speeds up passthrough. The host loses protection against its own devices, SEV-SNP refuses to start with it, and kernels on " +
        "hosts with active memory encryption ignore it.";

    public override string Criteria =>
        "Note: a token sets the default domain. Warn: the log says that SEV-SNP or memory encryption stands against it. NotApplicable: no token. Unknown: no command line.";

    public override IReadOnlyList<string> References =>
        ["Documentation/admin-guide/kernel-parameters.txt (iommu.passthrough=, iommu=pt)", "drivers/iommu/iommu.c", "Documentation/ABI/testing/sysfs-kernel-iommu_groups (type)"];

    public override IReadOnlyList<Remedy> Remedies => [BootLine.Remove("iommu=pt, where SEV-SNP is wanted,")];

    protected override IEnumerable<Finding> Examine(HostModel model, KernelCommandLine line)
    {
        // In order, the last one counts; x86's pt and nopt set the same thing.
        CommandLineToken? last = null;
        bool identity = false;
        foreach (CommandLineToken token in line.Tokens)
        {
            bool? wish = Wish(token, model.Cpu.Vendor != "arm");
            (last, identity) = wish is null ? (last, identity) : (token, wish.Value);
        }

        if (last is null)
        {
            yield return Make(Verdict.NotApplicable, "host", "The command line leaves the default domain to the kernel.", [Cite(model, line.Text)]);
            yield break;
        }

        LogEvent? against = PlatformEvidence.LogEvents(model, LogEventKind.MemoryEncryption).FirstOrDefault();
        if (identity && against is not null)
        {
            yield return Make(Verdict.Warn, "token:" + last.Text,
                "The token asks for identity mappings, and the log says that memory encryption stands against them: it is ignored, or SEV-SNP is refused.",
                [Cite(model, last.Text), PlatformEvidence.CiteLog(model, against)], BootLine.Remove(last.Text));
            yield break;
        }

        IommuGroup? group = model.Iommu.RealGroups.FirstOrDefault(item => item.Type.IsKnown);
        yield return Make(Verdict.Note, "token:" + last.Text, identity
            ? "Devices that the host drives itself get an identity mapping; a device given to VFIO is translated all the same."
            : "Devices that the host drives itself are translated; a device given to VFIO is translated in any case.",
            group is null ? [Cite(model, last.Text)] : [Cite(model, last.Text), PlatformEvidence.Cite(group.Type)]);
    }

    private static bool? Wish(CommandLineToken token, bool x86)
    {
        if (token.Is("iommu.passthrough"))
        {
            return token.Value switch
            {
                "1" or "y" or "Y" or "on" or "true" or "t" => true,
                "0" or "n" or "N" or "off" or "false" or "f" => false,
                _ => null,
            };
        }

        string? wish = x86 && token.Is("iommu")
            ? KernelParameters.Options(token).LastOrDefault(option => KernelParameters.Match(option, ["pt", "nopt"]) is not null)
            : null;
        return wish is null ? null : KernelParameters.Starts(wish, "pt");
    }
}
