using System.Globalization;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.KernelBuild;

/// <summary>KRN-007: does something still load vfio_virqfd on a kernel that has no such module?</summary>
internal sealed class Krn007VirqfdGone : Check
{
    public override string Id => "KRN-007";
    public override string Title => "No leftover of vfio_virqfd";
    public override Section Section => Section.KernelBuild;
    public override Severity Severity => Severity.Info;

    public override string Explanation =>
        "Linux 6.2 folded vfio_virqfd into the vfio core. Guides written before still load it; on newer kernels that line makes systemd-modules-load or the " +
        "initramfs report a failure, and nothing else. Nothing replaces it: the line can go.";

    public override string Criteria =>
        "Warn: a configuration line, a kernel parameter or the log asks for it and the kernel has no such module. Note: the kernel still has it. " +
        "Pass: nothing asks for it. Unknown: neither the module configuration nor the kernel's modules or release were read.";

    public override IReadOnlyList<string> References => ["drivers/vfio/virqfd.c", "drivers/vfio/Makefile (vfio-$(CONFIG_VFIO_VIRQFD) since Linux 6.2)"];

    public override IReadOnlyList<Remedy> Remedies => [new("Delete the line that loads vfio_virqfd and regenerate the initramfs.")];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        bool? hasModule = HasModule(model);
        Citation[] askers = [.. Askers(model)];
        LogEvent? complaint = PlatformEvidence.LogEvents(model, LogEventKind.ModuleMissing)
            .FirstOrDefault(item => item.Text.Contains("vfio_virqfd", StringComparison.Ordinal));
        if (complaint is not null)
        {
            askers = [.. askers, PlatformEvidence.CiteLog(model, complaint)];
        }

        if (askers.Length > 0 && (hasModule == false || complaint is not null))
        {
            yield return Make(Verdict.Warn, "host", "vfio_virqfd is asked for, but this kernel has it inside the vfio core: the request fails and does nothing.",
                askers, new Remedy($"Delete vfio_virqfd from {string.Join(", ", askers.Select(asker => asker.Path).Distinct())} and regenerate the initramfs."));
        }
        else if (askers.Length > 0)
        {
            yield return hasModule == true
                ? Make(Verdict.Note, "host", "vfio_virqfd is asked for and this kernel still has it; drop the line before moving to Linux 6.2 or later.", askers)
                : Make(Verdict.Unknown, "host",
                    "vfio_virqfd is asked for; whether this kernel still has such a module is not known. Look for it with modinfo vfio_virqfd on the machine.", askers);
        }
        else if (model.Kernel.UnreadModuleConfiguration is [var hole, ..])
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "Every file of modprobe.d and modules-load.d", hole), [PlatformEvidence.Cite(hole)]);
        }
        else if (model.Kernel.ModuleConfiguration.Any(file => file.Lines.IsKnown))
        {
            yield return Make(Verdict.Pass, "host", "No module configuration asks for vfio_virqfd.",
                [.. model.Kernel.ModuleConfiguration.Where(file => file.Lines.IsKnown).Take(8).Select(file => new Citation(file.Path, null, null))]);
        }
        else
        {
            yield return Make(Verdict.Unknown, "host",
                "No modprobe.d or modules-load.d file was read. Run ptdiag on the host itself to know whether one still loads vfio_virqfd.", []);
        }
    }

    private static bool? HasModule(HostModel model) => model.Kernel.Modules.Presence("vfio_virqfd") switch
    {
        ModulePresence.Missing => false,
        ModulePresence.Unknown => ReleaseIsBelow(model.Kernel.Release.Or(null), 6, 2),
        _ => true,
    };

    // Only where the module lists were not read: the release as a last resort.
    private static bool? ReleaseIsBelow(string? release, int major, int minor)
    {
        string[] parts = release?.Split('.', '-', '+', '_') ?? [];
        return parts.Length >= 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int second)
            ? first < major || (first == major && second < minor)
            : null;
    }

    private static IEnumerable<Citation> Askers(HostModel model)
    {
        foreach (ConfigurationFile file in model.Kernel.ModuleConfiguration.Where(file => file.Lines.IsKnown))
        {
            for (int index = 0; index < file.Lines.Value!.Count; index++)
            {
                string line = file.Lines.Value[index].Trim();
                if (!line.StartsWith('#') && !line.StartsWith(';') && !line.StartsWith("blacklist", StringComparison.Ordinal) && Names(line))
                {
                    yield return new Citation(file.Path, index + 1, line);
                }
            }
        }

        if (model.Kernel.CommandLine.IsKnown)
        {
            foreach (CommandLineToken token in model.Kernel.CommandLine.Value!.Tokens.Where(token => Names(token.Text)))
            {
                yield return new Citation(model.Kernel.CommandLine.Source, model.Kernel.CommandLine.Line, token.Text);
            }
        }
    }

    private static bool Names(string text) => text.Replace('-', '_').Contains("vfio_virqfd", StringComparison.Ordinal);
}
