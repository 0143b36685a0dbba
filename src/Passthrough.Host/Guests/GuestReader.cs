using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;

namespace Passthrough.Host.Guests;

/// <summary>
/// Reads the guests of libvirt's system instance and of Proxmox VE, which of them run, and QEMU's logs. A machine without guests
/// costs a few listings.
/// </summary>
public static class GuestReader
{
    private const string Autostart = GuestState.LibvirtFolder + "/autostart";
    private const string LibvirtStatus = "/run/libvirt/qemu";
    private const string Proxmox = "/etc/pve/qemu-server";
    private const string ProxmoxStatus = "/run/qemu-server";
    private const string LogFolder = "/var/log/libvirt/qemu";
    private const string StartLine = ": starting up libvirt version";
    private const int MaximumLogs = 20;

    /// <summary>Reads definitions, states and logs.</summary>
    public static GuestState Read(IEvidence evidence)
    {
        Reading<IReadOnlyList<string>> defined = List(evidence, GuestState.LibvirtFolder);
        Reading<IReadOnlyList<string>> status = List(evidence, LibvirtStatus);
        Reading<IReadOnlyList<string>> proxmox = List(evidence, Proxmox);
        var guests = new List<Guest>();
        guests.AddRange(ReadLibvirt(evidence, defined, status));
        if (proxmox.IsKnown)
        {
            Reading<IReadOnlyList<string>> running = List(evidence, ProxmoxStatus);
            guests.AddRange(Stems(proxmox, ".conf").Select(name => ReadProxmox(evidence, name, running)));
        }

        guests.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        return new GuestState { Folders = [defined, status, proxmox], All = guests, Logs = ReadLogs(evidence, guests) };
    }

    private static IEnumerable<Guest> ReadLibvirt(IEvidence evidence, Reading<IReadOnlyList<string>> defined, Reading<IReadOnlyList<string>> status)
    {
        bool hasAutostart = defined.Or([])!.Contains("autostart");
        Reading<IReadOnlyList<string>> autostart = hasAutostart ? evidence.List(Autostart)
            : Reading.Missing<IReadOnlyList<string>>(defined.IsKnown ? Outcome.Absent : defined.Outcome, Autostart);
        foreach (string name in Stems(defined, ".xml").Union(Stems(status, ".xml")))
        {
            string file = name + ".xml";
            bool isDefined = defined.Or([])!.Contains(file);
            Answer? live = status.Or([])!.Contains(file) ? evidence.Ask(Question.Read($"{LibvirtStatus}/{file}")) : null;
            string path = isDefined ? $"{GuestState.LibvirtFolder}/{file}" : $"{LibvirtStatus}/{file}";

            // A running guest without a definition may just have one that could not be listed, and the two may differ.
            Reading<GuestDefinition> definition = isDefined || defined.IsKnown || defined.IsAbsent
                ? Parse(isDefined ? evidence.Ask(Question.Read(path)) : live!, path, DomainXmlParser.Parse)
                : Reading.Missing<GuestDefinition>(defined.Outcome, GuestState.LibvirtFolder, defined.Why);
            yield return new Guest
            {
                Name = name,
                Path = path,
                Definition = definition,
                IsRunning = live is not null ? true : IsListed(evidence, status, file),
                IsAutostarted = IsListed(evidence, autostart, file),
                ProcessId = live is { IsFound: true } ? DomainXmlParser.ProcessOf(live.Text) : null,
            };
        }
    }

    private static Guest ReadProxmox(IEvidence evidence, string name, Reading<IReadOnlyList<string>> running)
    {
        string path = $"{Proxmox}/{name}.conf";
        Answer answer = evidence.Ask(Question.Read(path));
        return new Guest
        {
            Name = name,
            Path = path,
            Definition = Parse(answer, path, ProxmoxParser.Parse),
            IsRunning = IsListed(evidence, running, name + ".pid"),
            IsAutostarted = answer.IsFound ? ProxmoxParser.StartsAtBoot(answer.Text) : null,
        };
    }

    private static List<GuestLog> ReadLogs(IEvidence evidence, List<Guest> guests)
    {
        var logs = new List<GuestLog>();
        foreach (string name in Stems(evidence.List(LogFolder), ".log")
            .OrderBy(name => !guests.Exists(guest => guest.Name == name)).ThenBy(name => name, StringComparer.Ordinal).Take(MaximumLogs))
        {
            string path = $"{LogFolder}/{name}.log";
            Answer answer = evidence.Ask(Question.Read(path));
            logs.Add(answer.IsFound
                ? new GuestLog(name, Reading.Of(LogClassifier.Classify(answer.Text), path), LastStart(answer.Text))
                : new GuestLog(name, Reading.Missing<ClassifiedLog>(answer.Outcome, path, answer.Why), 0));
        }

        return logs;
    }

    private static int LastStart(string text)
    {
        int at = text.LastIndexOf(StartLine, StringComparison.Ordinal);
        return at < 0 ? 0 : text.AsSpan(0, at).Count('\n') + 1;
    }

    private static Reading<GuestDefinition> Parse(Answer answer, string path, Func<string, string, Reading<GuestDefinition>> parse) => answer.IsFound
        ? parse(answer.Text, path)
        : Reading.Missing<GuestDefinition>(answer.Outcome, path, answer.Why);

    // What is not in a folder that was listed, or whose folder does not exist on the machine itself, is not there.
    private static bool? IsListed(IEvidence evidence, Reading<IReadOnlyList<string>> folder, string name) => folder.IsKnown
        ? folder.Value!.Contains(name)
        : folder.IsAbsent && evidence.Kind != SourceKind.Directory ? false : null;

    private static IEnumerable<string> Stems(Reading<IReadOnlyList<string>> folder, string ending) =>
        folder.Or([])!.Where(name => name.Length > ending.Length && name.EndsWith(ending, StringComparison.Ordinal)).Select(name => name[..^ending.Length]);

    // A listing with a name that no file system tool writes is no listing: its silence would prove nothing.
    private static Reading<IReadOnlyList<string>> List(IEvidence evidence, string path)
    {
        Reading<IReadOnlyList<string>> names = evidence.List(path);
        return names.IsKnown && names.Value!.Any(name => name.Contains('\uFFFD', StringComparison.Ordinal) || name.Any(char.IsControl))
            ? Reading.Failed<IReadOnlyList<string>>(path, "it holds names that are no text")
            : names;
    }
}
