using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Modules;

/// <summary>MOD-005: do the modules exist that modules-load.d asks for?</summary>
internal sealed class Mod005ModulesLoad : Check
{
    private static readonly Remedy _edit = new("Correct or delete the line; systemd-modules-load reports a failure at every boot until then.");

    public override string Id => "MOD-005";
    public override string Title => "Modules to load at boot exist";
    public override Section Section => Section.Modules;
    public override Severity Severity => Severity.Low;

    public override string Explanation =>
        "/etc/modules and modules-load.d hold one module a line. A name that the running kernel does not have makes systemd-modules-load fail, and nothing else. Only modules of VFIO, KVM and iommufd " +
        "are looked at, because other lines may name aliases; vfio_virqfd has a check of its own (KRN-007).";

    public override string Criteria => "Warn: a line names a module that this kernel does not have. Pass: none does. Unknown: a file or the kernel's module lists could not be read.";

    public override IReadOnlyList<string> References => ["modules-load.d(5)", "stackhpc/stackhpc-kayobe-config PR #2435"];

    public override IReadOnlyList<Remedy> Remedies => [_edit];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        (string Name, Citation Place, ModulePresence Presence)[] asked = [.. Asked(model.Kernel).Select(item => (item.Name, item.Place, model.Kernel.Modules.Presence(item.Name)))];
        (string Name, Citation Place, ModulePresence Presence)[] missing = [.. asked.Where(item => item.Presence == ModulePresence.Missing)];
        Reading<string>? unread = model.Kernel.UnreadModuleConfiguration is not { } holes ? Reading.Missing<string>(Outcome.NotRecorded, "/etc/modules-load.d")
            : holes.Where(item => item.Source.Contains("modules", StringComparison.Ordinal)).Cast<Reading<string>?>().FirstOrDefault();
        if (missing.Length > 0)
        {
            yield return Make(Verdict.Warn, "host", $"This kernel has no module {Quote.List(missing.Select(item => item.Name).Distinct())}, which is to be loaded at boot.", [.. missing.Take(8).Select(item => item.Place)], _edit);
        }
        else if (unread is { } hole)
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "Every list of modules to load", hole), [PlatformEvidence.Cite(hole)]);
        }
        else if (asked.FirstOrDefault(item => item.Presence == ModulePresence.Unknown) is { Name: not null } unclear)
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, $"Whether this kernel has {unclear.Name}", model.Kernel.Modules.Loadable), [unclear.Place]);
        }
        else
        {
            yield return Make(Verdict.Pass, "host", asked.Length == 0 ? "No module of VFIO or KVM is to be loaded at boot." : "The modules of VFIO and KVM that are to be loaded at boot exist.", [.. asked.Take(8).Select(item => item.Place)]);
        }
    }

    private static IEnumerable<(string Name, Citation Place)> Asked(KernelInfo kernel)
    {
        foreach (ConfigurationFile file in kernel.ModuleConfiguration.Where(file => !file.Path.Contains("/modprobe.d/", StringComparison.Ordinal)))
        {
            IReadOnlyList<string> lines = file.Lines.Or([])!;
            for (int i = 0; i < lines.Count; i++)
            {
                // /etc/modules may hold parameters behind the name.
                string name = (lines[i].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "").Replace('-', '_');
                if ((name.StartsWith("vfio", StringComparison.Ordinal) || name.StartsWith("kvm", StringComparison.Ordinal) || name is "iommufd" or "pci_stub") && name != "vfio_virqfd")
                {
                    yield return (name, new Citation(file.Path, i + 1, Reading.Shorten(lines[i])));
                }
            }
        }
    }
}
