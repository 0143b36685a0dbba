using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Environment;

/// <summary>ENV-006: are the running kernel's modules still on disk?</summary>
internal sealed class Env006RunningKernelModules : Check
{
    private static readonly Remedy _reboot = new("Reboot into the kernel whose modules are installed, or install the running kernel's modules again.");

    public override string Id => "ENV-006";
    public override string Title => "The running kernel's modules are installed";
    public override Section Section => Section.Environment;
    public override Severity Severity => Severity.High;

    public override string Explanation =>
        "An upgrade may remove the modules of the kernel that runs. Nothing breaks at once: what is loaded stays. But modprobe vfio-pci then fails with \"Module not found\" until the machine " +
        "reboots. Guests and containers that were given a kernel from outside often have no modules at all; for them it is normal.";

    public override string Criteria =>
        "Pass: /lib/modules has a folder of the running release. Warn: it has folders of other releases only, and this is no virtual machine. Note: the same in a virtual machine, no modules at all, or a kernel without support for them. " +
        "Unknown: the release or the folder was not seen.";

    public override IReadOnlyList<string> References => ["modprobe(8)", "modules.dep(5)"];

    public override IReadOnlyList<Remedy> Remedies => [_reboot];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<string> release = model.Kernel.Release;
        Reading<IReadOnlyList<string>> folders = model.Kernel.Modules.Releases;
        Citation[] evidence = [PlatformEvidence.Cite(release), PlatformEvidence.CiteNames(folders)];
        if (!release.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "The running kernel's release", release), evidence);
        }
        else if (model.Kernel.Modules.Loadable.IsKnown || folders.Or([])!.Contains(release.Value))
        {
            yield return Make(Verdict.Pass, "host", $"The modules of the running kernel {release.Value} are installed.",
                [PlatformEvidence.Cite(release), model.Kernel.Modules.Loadable.IsKnown ? PlatformEvidence.Cite(model.Kernel.Modules.Loadable, "modules.dep") : PlatformEvidence.CiteNames(folders)]);
        }
        else if (model.Kernel.Config["MODULES"] == "n")
        {
            yield return Make(Verdict.Note, "host", "This kernel was built without support for modules.", [PlatformEvidence.Cite(model.Kernel.Config.Values, "CONFIG_MODULES is not set")]);
        }
        else if (!IsMissing(model, folders))
        {
            Reading<string> unseen = !folders.IsKnown ? folders.As() : model.Kernel.Modules.Loadable.As();
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "Whether the running kernel's modules are installed", unseen), evidence);
        }
        else if (folders.Or([])!.Count == 0 || model.IsVirtualMachine == true)
        {
            yield return Make(Verdict.Note, "host", folders.Or([])!.Count == 0
                ? "No kernel modules are installed here: this kernel came from outside, and only what is built in or loaded can be used."
                : $"The modules of the running kernel {release.Value} are not installed; in a virtual machine whose kernel came from outside that is normal. What is not loaded cannot be loaded.", evidence);
        }
        else if (model.IsVirtualMachine is null)
        {
            yield return Make(Verdict.Unknown, "host", $"The modules of the running kernel {release.Value} are not installed; whether this is a virtual machine with a kernel from outside was not seen. "
                + "Run ptdiag as root on the machine itself to know.", evidence);
        }
        else
        {
            yield return Make(Verdict.Warn, "host", $"The modules of the running kernel {release.Value} are not installed, those of {Quote.List(folders.Value!)} are: an upgrade removed them, and nothing more can be loaded until a reboot.",
                evidence, _reboot);
        }
    }

    private static bool IsMissing(HostModel model, Reading<IReadOnlyList<string>> folders) => IommuFacts.AbsenceIsFact(model)
        && (folders.IsKnown || folders.IsAbsent) && model.Kernel.Modules.Loadable.IsAbsent;
}
