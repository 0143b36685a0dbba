using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads;
using Passthrough.Guests;
using Passthrough.Guests.Transports;

namespace Passthrough.Study.Files;

/// <summary>Maps the tables of a study file to a study. Pure.</summary>
internal static class StudyFileReader
{
    private const int MostBlocks = 1000;
    private const int LongestStageMs = 3_600_000;

    private sealed record Workload(string Id, WorkloadInfo Info, IReadOnlyDictionary<string, string> Parameters);

    /// <summary>Reads the root table.</summary>
    /// <exception cref="StudyFileException">What is wrong, and where.</exception>
    public static StudyFile Read(TomlNode.Table root)
    {
        var file = new TableReader(root, "");
        TableReader head = file.Table("study", "[study]") ?? throw new StudyFileException(1, "[study]", "is missing");
        string name = head.RequiredText("name");
        if (name.Length > 200 || name.Any(char.IsControl))
        {
            throw head.Error("name", "must be one line of at most 200 characters");
        }

        long blocks = head.Integer("blocks", 1, MostBlocks) ?? 6;
        long seed = head.Integer("seed", long.MinValue, long.MaxValue) ?? 1;
        long warmUpMs = head.Integer("warmUpMs", 0, LongestStageMs) ?? 150;
        long measureMs = head.Integer("measureMs", 1, LongestStageMs) ?? 500;
        head.End();

        IReadOnlyList<StudyGuest> guests = Guests(file);
        IReadOnlyList<Workload> workloads = Workloads(file);
        IReadOnlyList<StudyItem> items = Factors(file, head.Line, workloads, guests);
        file.End();
        foreach (StudyGuest guest in guests)
        {
            if (!items.Any(item => item.Guests.Contains(guest.Name, StringComparer.Ordinal)))
            {
                throw new StudyFileException(head.Line, "[[factor]]", $"no factor is measured in the guest {guest.Name}");
            }
        }

        return new StudyFile
        {
            Name = name,
            Blocks = (int)blocks,
            Seed = seed,
            WarmUp = TimeSpan.FromMilliseconds(warmUpMs),
            Measure = TimeSpan.FromMilliseconds(measureMs),
            Guests = guests,
            Items = items,
        };
    }

    private static List<StudyGuest> Guests(TableReader file)
    {
        var guests = new List<StudyGuest>();
        foreach (TableReader table in file.Tables("guest", "[[guest]]"))
        {
            string name = table.Name("name") ?? throw table.Error(null, "name", "is missing");
            if (guests.Any(other => other.Name == name))
            {
                throw table.Error("name", $"there are two guests called {name}");
            }

            GuestPlace place = Place(table);
            if (place is GuestPlace.Here && guests.Any(other => other.Place is GuestPlace.Here))
            {
                throw table.Error("here", "this machine is in the file already");
            }

            table.End();
            guests.Add(new StudyGuest(name, place));
        }

        return guests.Count > 0 ? guests : throw new StudyFileException(1, "[[guest]]", "is missing: name a guest, or this machine with here = true");
    }

    private static GuestPlace Place(TableReader table)
    {
        string[] ways = [.. ((string[])["here", "lab", "ssh", "agent", "domain"]).Where(way => table.Take(way) is not null)];
        if (ways.Length != 1)
        {
            throw table.Error(ways.Length == 0 ? null : table.Take(ways[1]), "", ways.Length == 0
                ? "says not how the guest is reached: give one of here, lab, ssh, agent and domain"
                : $"has both {ways[0]} and {ways[1]}: give one of here, lab, ssh, agent and domain");
        }

        switch (ways[0])
        {
            case "here":
                return table.Truth("here") ? new GuestPlace.Here() : throw table.Error("here", "can only be true");
            case "lab":
                string machine = table.RequiredText("lab");
                return LabCatalog.Find(machine) is not null ? new GuestPlace.Lab(machine)
                    : throw table.Error("lab", $"there is no lab machine '{machine}': 'ptdiag lab list' lists them");
            case "ssh":
                string destination = table.RequiredText("ssh");
                return SshTarget.WhyNot(destination) is { } why ? throw table.Error("ssh", why) : new GuestPlace.Ssh(new SshTarget(destination)
                {
                    Port = (int?)table.Integer("port", 1, 65535),
                    ConfigPath = FullPath(table, "config"),
                    IdentityPath = FullPath(table, "identity"),
                });
            case "agent":
                return new GuestPlace.Agent(FullPath(table, "agent")!);
            default:
                string domain = table.RequiredText("domain");
                return AgentGuest.WhyNoDomain(domain) is { } wrong ? throw table.Error("domain", wrong) : new GuestPlace.Domain(domain);
        }
    }

    // A study goes on from another folder, so a path that depends on the present one would be another file then.
    private static string? FullPath(TableReader table, string key)
    {
        string? path = table.Text(key);
        if (path is null)
        {
            return null;
        }

        if (path.StartsWith("~/", StringComparison.Ordinal))
        {
            return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..]);
        }

        return path.StartsWith('/') && !path.Any(char.IsControl) ? path : throw table.Error(key, $"'{OneLine(path)}' is no full path: begin with / or ~/");
    }

    private static List<Workload> Workloads(TableReader file)
    {
        var workloads = new List<Workload>();
        foreach (TableReader table in file.Tables("workload", "[[workload]]"))
        {
            string name = table.RequiredText("name");
            WorkloadInfo info = WorkloadCatalog.Find(name) ?? throw table.Error("name", $"there is no workload '{OneLine(name)}': 'ptdiag bench list' lists them");
            string id = table.Name("id") ?? name;
            if (workloads.Any(other => other.Id == id))
            {
                throw table.Error(table.Take("id") is null ? "name" : "id", $"there are two workloads called {id}: give each an id");
            }

            IReadOnlyDictionary<string, string> parameters = Parameters(table, info);
            table.End();
            workloads.Add(new Workload(id, info, parameters));
        }

        return workloads.Count > 0 ? workloads : throw new StudyFileException(1, "[[workload]]", "is missing");
    }

    private static SortedDictionary<string, string> Parameters(TableReader table, params IReadOnlyList<WorkloadInfo> infos)
    {
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, (string value, int line)) in table.Values("parameters"))
        {
            foreach (WorkloadInfo info in infos)
            {
                if (info.Parameters.All(parameter => parameter.Name != name))
                {
                    throw new StudyFileException(line, $"{table.Path} parameters {name}",
                        $"{info.Name} takes no such parameter; it takes {(info.Parameters.Count == 0 ? "none" : string.Join(", ", info.Parameters.Select(parameter => parameter.Name)))}");
                }
            }

            parameters[name] = value;
        }

        return parameters;
    }

    private static List<StudyItem> Factors(TableReader file, int studyLine, IReadOnlyList<Workload> workloads, IReadOnlyList<StudyGuest> guests)
    {
        var items = new List<StudyItem>();
        var together = new List<(TableReader Table, string Name, string? Title, IReadOnlyList<Workload> Workloads, IReadOnlyList<string> Guests)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (TableReader table in file.Tables("factor", "[[factor]]"))
        {
            string name = table.Name("name") ?? throw table.Error(null, "name", "is missing");
            if (!names.Add(name))
            {
                throw table.Error("name", $"there are two factors called {name}");
            }

            string? title = table.Text("title");
            IReadOnlyList<Workload> its = Chosen(table, "workload", workloads, workload => workload.Id);
            IReadOnlyList<string> where = [.. Chosen(table, "guests", guests, guest => guest.Name).Select(guest => guest.Name)];
            if (table.Truth("together"))
            {
                table.End();
                together.Add((table, name, title, its, where));
                continue;
            }

            items.AddRange(One(table, name, title, its, where));
            table.End();
        }

        StudyItem[] single = [.. items];
        foreach ((TableReader table, string name, string? title, IReadOnlyList<Workload> its, IReadOnlyList<string> where) in together)
        {
            items.AddRange(its.Select(workload => Together.Of(table, name, title, workload.Id, where, [.. single.Where(item => item.WorkloadId == workload.Id)])));
        }

        foreach (StudyItem item in items)
        {
            RefuseOverwriting(item, studyLine);
        }

        return items.Count > 0 ? items : throw new StudyFileException(1, "[[factor]]", "is missing");
    }

    private static IEnumerable<StudyItem> One(TableReader table, string name, string? title, IReadOnlyList<Workload> workloads, IReadOnlyList<string> guests)
    {
        WorkloadInfo[] infos = [.. workloads.Select(workload => workload.Info)];
        IReadOnlyList<Knob> standing = KnobReader.ReadAll(table, "standing", isHost: false);
        IReadOnlyList<Knob> hostStanding = KnobReader.ReadAll(table, "hostStanding", isHost: true);
        (Setting untuned, IReadOnlyList<Knob> hostUntuned) = Side(table, "untuned", infos);
        (Setting tuned, IReadOnlyList<Knob> hostTuned) = Side(table, "tuned", infos);
        string[] turned = [.. Turned(untuned, hostUntuned, tuned, hostTuned)];
        if (turned.Length != 1)
        {
            throw table.Error("tuned", turned.Length == 0
                ? "differs in nothing from untuned"
                : $"turns {turned.Length} knobs against untuned ({string.Join(", ", turned)}): a factor turns one, and a factor with together = true turns those of the others at once");
        }

        return workloads.Select(workload => new StudyItem
        {
            Factor = new Factor
            {
                Name = name,
                Title = title ?? $"{workload.Info.Summary} ({turned[0]})",
                Workload = workload.Info.Name,
                Parameters = workload.Parameters,
                Standing = standing,
                Untuned = untuned,
                Tuned = tuned,
            },
            WorkloadId = workload.Id,
            Guests = guests,
            HostStanding = hostStanding,
            HostUntuned = hostUntuned,
            HostTuned = hostTuned,
        });
    }

    private static (Setting Setting, IReadOnlyList<Knob> Host) Side(TableReader factor, string key, IReadOnlyList<WorkloadInfo> infos)
    {
        if (factor.Table(key) is not { } table)
        {
            return (new Setting(new SortedDictionary<string, string>(StringComparer.Ordinal), []), []);
        }

        var setting = new Setting(Parameters(table, infos), KnobReader.ReadAll(table, "knobs", isHost: false));
        IReadOnlyList<Knob> host = KnobReader.ReadAll(table, "host", isHost: true);
        table.End();
        return (setting, host);
    }

    /// <summary>What differs between the sides.</summary>
    private static IEnumerable<string> Turned(Setting untuned, IReadOnlyList<Knob> hostUntuned, Setting tuned, IReadOnlyList<Knob> hostTuned) =>
        untuned.Parameters.Keys.Union(tuned.Parameters.Keys).Where(name => untuned.Parameters.GetValueOrDefault(name) != tuned.Parameters.GetValueOrDefault(name))
            .Concat(Turned(untuned.Knobs, tuned.Knobs, ""))
            .Concat(Turned(hostUntuned, hostTuned, "on this machine "));

    private static IEnumerable<string> Turned(IReadOnlyList<Knob> untuned, IReadOnlyList<Knob> tuned, string where) =>
        untuned.Except(tuned).Concat(tuned.Except(untuned)).Select(knob => where + KnobReader.SubjectOf(knob)).Distinct();

    private static IReadOnlyList<T> Chosen<T>(TableReader table, string key, IReadOnlyList<T> all, Func<T, string> nameOf)
    {
        if (table.Texts(key) is not { } names)
        {
            return all;
        }

        string? twice = names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is not null ? throw table.Error(key, $"'{OneLine(twice)}' is named twice")
            : [.. names.Select(name => all.FirstOrDefault(one => nameOf(one) == name)
                ?? throw table.Error(key, $"there is no '{OneLine(name)}' in this file; there are {string.Join(", ", all.Select(nameOf))}"))];
    }

    // A study runs for hours unattended: what it could destroy is asked for one run at a time, by bench run --destructive.
    private static void RefuseOverwriting(StudyItem item, int line)
    {
        WorkloadInfo info = WorkloadCatalog.Find(item.Factor.Workload)!;
        foreach (Setting side in (Setting[])[item.Factor.Untuned, item.Factor.Tuned])
        {
            var parameters = new Dictionary<string, string>(item.Factor.Parameters, StringComparer.Ordinal);
            foreach ((string name, string value) in side.Parameters)
            {
                parameters[name] = value;
            }

            if (info.Overwrites(parameters) is { } what)
            {
                throw new StudyFileException(line, $"[[factor]] {item.Factor.Name}",
                    $"{info.Name} would overwrite {OneLine(what.Target)}, and a study of a file runs nothing that writes to a device: 'ptdiag bench run --destructive' does");
            }
        }
    }

    private static string OneLine(string text) =>
        new([.. text.Take(100).Select(character => char.IsControl(character) ? ' ' : character)]);
}
