using Passthrough.Diagnosis.CommandLineLint;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Modules;

/// <summary>MOD-004: do the lines of modprobe.d about VFIO say what they mean?</summary>
internal sealed class Mod004ModprobeLint : Check
{
    private static readonly string[] _commands = ["alias", "blacklist", "install", "options", "remove", "softdep", "weakdep", "config"];

    private static readonly Remedy _mend = new("Correct the lines named, then regenerate the initramfs (update-initramfs -u, dracut -f or mkinitcpio -P) and reboot: a copy of these files lies in it.");

    public override string Id => "MOD-004";
    public override string Title => "modprobe.d says what it means about VFIO";
    public override Section Section => Section.Modules;
    public override Severity Severity => Severity.Medium;

    public override string Explanation =>
        "modprobe passes over what it does not understand, mostly in silence: a file whose name does not end in .conf, an unknown command, a misspelt parameter. vfio-pci and vfio_pci are the same module " +
        "here (in sysfs the driver is vfio-pci alone). Of several ids= the last counts. \"softdep NATIVE pre: vfio-pci\" loads vfio-pci first; written the other way round it loads the native driver first.";

    public override string Criteria =>
        "Warn: a line about VFIO that does nothing or the opposite. Pass: every line about VFIO is sound, or there is none. Unknown: a file or folder of modprobe.d could not be read.";

    public override IReadOnlyList<string> References => ["modprobe.d(5)", "drivers/vfio/pci/vfio_pci.c (module parameters)", "contiv/vpp #938"];

    public override IReadOnlyList<Remedy> Remedies => [_mend];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        ModprobeLine[] lines = [.. ModprobeLine.All(model.Kernel).Where(line => line.Text.Contains("vfio", StringComparison.OrdinalIgnoreCase))];
        List<(string Problem, Citation Place)> problems = [.. lines.Select(line => (Problem: ProblemOf(line), line.Citation)).Where(item => item.Problem is not null)
            .Select(item => (item.Problem!, item.Citation))];
        ModprobeLine[] ids = [.. lines.Where(line => line.Command == "options" && line.Module == "vfio_pci" && line.Words.Any(word => word.StartsWith("ids=", StringComparison.Ordinal)))];
        if (ids.Length > 1 && ids.Select(line => string.Join(' ', line.Words.Skip(2))).Distinct().Count() > 1)
        {
            problems.Add(("ids= is given more than once, and only one of them counts", ids[0].Citation));
        }

        problems.AddRange(model.Kernel.IgnoredModuleFiles.Where(path => path.Contains("vfio", StringComparison.OrdinalIgnoreCase) && !IsBackup(path))
            .Select(path => ("modprobe passes over a file whose name does not end in .conf", new Citation(path, null, null))));
        List<Reading<string>>? unread = model.Kernel.UnreadModuleConfiguration?.Where(item => !item.Source.Contains("modules", StringComparison.Ordinal)).ToList();
        if (problems.Count > 0)
        {
            yield return Make(Verdict.Warn, "host", Quote.List(problems.Select(item => $"{item.Place.Path}{(item.Place.Line is { } number ? FormattableString.Invariant($" line {number}") : "")}: {item.Problem}"), 5) + ".",
                [.. problems.Select(item => item.Place).Take(12)], _mend);
        }
        else if (unread is null || unread.Count > 0)
        {
            Reading<string> first = unread is null ? Reading.Missing<string>(Outcome.NotRecorded, "/etc/modprobe.d") : unread[0];
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "Every file of modprobe.d", first), [PlatformEvidence.Cite(first)]);
        }
        else
        {
            yield return Make(Verdict.Pass, "host", lines.Length == 0 ? "modprobe.d holds no line about VFIO." : $"{Quote.Count(lines.Length, "line")} of modprobe.d {(lines.Length == 1 ? "speaks" : "speak")} of VFIO and {(lines.Length == 1 ? "is" : "are")} sound.",
                [.. lines.Take(8).Select(line => line.Citation)]);
        }
    }

    /// <summary>What is wrong with a line about VFIO; null when nothing is. vfio_virqfd is KRN-007's.</summary>
    internal static string? ProblemOf(ModprobeLine line) => line.Command switch
    {
        "options" => Options(line),
        "blacklist" => line.Words.Count < 2 ? "it names no module"
            : line.Module.StartsWith("vfio", StringComparison.Ordinal) ? $"{line.Words[1]} does not load by itself any more" : null,
        "softdep" => Softdep(line),
        var other when !_commands.Contains(other) => Spelling.Nearest(other, _commands) is { } right ? $"\"{other}\" is no command of modprobe.d; \"{right}\" is" : $"\"{other}\" is no command of modprobe.d",
        _ => null,
    };

    private static string? Options(ModprobeLine line)
    {
        if (!VfioFamily.Modules.TryGetValue(line.Module, out string[]? known))
        {
            return Spelling.Nearest(line.Module, VfioFamily.Modules.Keys) is { } meant ? $"there is no module {line.Words[1]}; the name is {meant.Replace('_', '-')}"
                : line.Module.Contains('.', StringComparison.Ordinal) ? "module and parameter are apart here: options vfio-pci ids=…" : null;
        }

        foreach (string word in line.Words.Skip(2))
        {
            string name = word.Split('=', 2)[0].Replace('-', '_');
            if (name.StartsWith('#'))
            {
                break;
            }

            if (!known.Contains(name))
            {
                return Spelling.Nearest(name, known) is { } right || (name is "id" && (right = "ids") is not null) ? $"{line.Words[1]} has no parameter {name}; it is spelt {right}"
                    : VfioIdLike(name) ? "the ids are to be one word, apart by commas without blanks" : $"{line.Words[1]} has no parameter {name}";
            }

            string? value = word.Contains('=', StringComparison.Ordinal) ? word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"') : null;
            if (name == "ids" && (value is null || value.Split(',', StringSplitOptions.RemoveEmptyEntries) is not { Length: > 0 } ids || ids.Any(id => !VfioId.TryParse(id, "", out _))))
            {
                return "ids= takes pairs vendor:device in hexadecimal, for example ids=10de:1b80,10de:10f0";
            }
        }

        return null;
    }

    // softdep NATIVE pre: vfio-pci
    private static string? Softdep(ModprobeLine line)
    {
        string[] rest = [.. line.Words.Skip(2)];
        if (rest.Length == 0 || rest[0] is not ("pre:" or "post:"))
        {
            return "what follows the module must begin with pre: or post:";
        }

        if (!line.Module.StartsWith("vfio", StringComparison.Ordinal))
        {
            return null;
        }

        string[] before = [.. rest.SkipWhile(word => word != "pre:").Skip(1).TakeWhile(word => word != "post:").Select(word => word.Replace('-', '_'))];
        string? native = before.FirstOrDefault(name => !name.StartsWith("vfio", StringComparison.Ordinal) && !name.StartsWith("iommu", StringComparison.Ordinal)
            && name is not ("irqbypass" or "kvm" or "kvm_intel" or "kvm_amd" or "mdev"));
        return native is null ? null : $"it loads {native} before VFIO; to load VFIO first write \"softdep {native} pre: vfio-pci\"";
    }

    private static bool VfioIdLike(string word) => VfioId.TryParse(word.Trim(',', '"'), "", out _);

    private static bool IsBackup(string path) => path.EndsWith('~') || path.Contains(".bak", StringComparison.Ordinal) || path.Contains(".dpkg-", StringComparison.Ordinal)
        || path.Contains(".rpm", StringComparison.Ordinal) || path.EndsWith(".old", StringComparison.Ordinal) || path.EndsWith(".disabled", StringComparison.Ordinal);
}
