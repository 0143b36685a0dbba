using Passthrough.Host.Evidence;

namespace Passthrough.Host.Kernel;

/// <summary>Reads where modules stand: loaded, built in, loadable; and the parameters that the checks need.</summary>
public static class ModuleReader
{
    private const string SysModule = "/sys/module";

    // Parameters exist only while their module is loaded or built in. vfio_pci's "ids" is never shown there.
    private static readonly string[] WithParameters =
        ["vfio", "vfio_pci", "vfio_pci_core", "vfio_iommu_type1", "iommufd", "kvm", "kvm_intel", "kvm_amd"];

    /// <summary>Reads the state; <paramref name="release"/> is the running release, null when not known.</summary>
    public static ModuleState Read(IEvidence evidence, string? release)
    {
        Reading<IReadOnlyList<string>> inSysfs = evidence.List(SysModule);
        var unseen = new Dictionary<string, Outcome>(StringComparer.Ordinal);
        var names = inSysfs.Or([])!.Select(ModuleNames.Normalise).ToHashSet(StringComparer.Ordinal);
        return new ModuleState
        {
            Loaded = ReadLoaded(evidence),
            BuiltIn = ReadIndex(evidence, release, "modules.builtin"),
            Loadable = ReadIndex(evidence, release, "modules.dep"),
            Releases = ReadReleases(evidence),
            InSysfs = names,
            Parameters = ReadParameters(evidence, inSysfs.IsKnown ? names : null, unseen),
            UnseenParameters = unseen,
        };
    }

    // /lib is a link to /usr/lib on most systems, and a folder of its own on others.
    private static Reading<IReadOnlyList<string>> ReadReleases(IEvidence evidence)
    {
        Reading<IReadOnlyList<string>> first = evidence.List("/lib/modules");
        if (first.IsKnown)
        {
            return first;
        }

        Reading<IReadOnlyList<string>> second = evidence.List("/usr/lib/modules");
        return second.IsKnown || FirstFound.Weight(second.Outcome) > FirstFound.Weight(first.Outcome) ? second : first;
    }

    private static Reading<IReadOnlySet<string>> ReadLoaded(IEvidence evidence)
    {
        const string path = "/proc/modules";
        Answer answer = evidence.Ask(Question.Read(path));
        if (answer.IsFound)
        {
            return Reading.Of(ModuleNames.Loaded(answer.Text), path);
        }

        // A kernel built without module support has no such file. That is only certain where a whole /proc was seen:
        // a captured tree with a few of its files tells nothing.
        Reading<IReadOnlyList<string>> proc = evidence.List("/proc");
        return answer.Outcome == Outcome.Absent && proc.IsKnown && !proc.Value!.Contains("modules")
            && proc.Value!.Contains("self") && proc.Value!.Contains("filesystems")
            ? Reading.Of<IReadOnlySet<string>>(new HashSet<string>(), path, "the kernel has no module support")
            : Reading.Missing<IReadOnlySet<string>>(answer.Outcome, path, answer.Why);
    }

    private static Reading<IReadOnlySet<string>> ReadIndex(IEvidence evidence, string? release, string file)
    {
        if (release is not { Length: > 0 } || release.Contains('/', StringComparison.Ordinal) || release is "." or "..")
        {
            return Reading.Missing<IReadOnlySet<string>>(Outcome.NotRecorded, "/lib/modules",
                "the running kernel's release is not known");
        }

        (string path, Answer answer) = FirstFound.Read(evidence,
            ["/lib/modules/" + release + "/" + file, "/usr/lib/modules/" + release + "/" + file]);
        return answer.IsFound
            ? Reading.Of(ModuleNames.FromPaths(answer.Content.Span), path)
            : Reading.Missing<IReadOnlySet<string>>(answer.Outcome, path, answer.Why);
    }

    private static Dictionary<string, Reading<string>> ReadParameters(IEvidence evidence, HashSet<string>? present, Dictionary<string, Outcome> unseen)
    {
        var values = new Dictionary<string, Reading<string>>(StringComparer.Ordinal);
        foreach (string module in WithParameters)
        {
            if (present is not null && !present.Contains(module))
            {
                continue;
            }

            string folder = SysModule + "/" + module + "/parameters";
            Reading<IReadOnlyList<string>> listing = evidence.List(folder);
            if (!listing.IsKnown && !listing.IsAbsent)
            {
                unseen[module] = listing.Outcome;
            }

            foreach (string name in listing.Or([])!)
            {
                values[module + "/" + name] = evidence.ReadText(folder + "/" + name);
            }
        }

        return values;
    }
}
