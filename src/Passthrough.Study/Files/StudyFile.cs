using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Passthrough.Guests.Transports;

namespace Passthrough.Study.Files;

/// <summary>A study as a file describes it; the keys are described in docs/study-files.md.</summary>
public sealed record StudyFile
{
    /// <summary>Its name, used in titles.</summary>
    public required string Name { get; init; }

    /// <summary>Paired blocks.</summary>
    public required int Blocks { get; init; }

    /// <summary>Seed of the order.</summary>
    public required long Seed { get; init; }

    /// <summary>Dropped beginning of each run.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>Measured stage of each run.</summary>
    public required TimeSpan Measure { get; init; }

    /// <summary>Where it is measured, in the order of the file.</summary>
    public required IReadOnlyList<StudyGuest> Guests { get; init; }

    /// <summary>What is compared: each knob on each of its workloads.</summary>
    public required IReadOnlyList<StudyItem> Items { get; init; }

    /// <summary>Something on this machine itself is changed: a journal is needed here.</summary>
    public bool ChangesHere => Guests.Any(guest => guest.Place is GuestPlace.Here) || Items.Any(item => item.ChangesHost);

    /// <summary>Reads a study file. Never throws: what is none gives false and one sentence with file, line and key.</summary>
    /// <param name="utf8">The bytes.</param>
    /// <param name="fileName">What the file is called in the sentence.</param>
    /// <param name="file">The study.</param>
    /// <param name="sentence">What is wrong.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8, string fileName, [NotNullWhen(true)] out StudyFile? file, [NotNullWhen(false)] out string? sentence)
    {
        try
        {
            file = StudyFileReader.Read(TomlDocument.Parse(utf8));
            sentence = null;
            return true;
        }
        catch (StudyFileException error)
        {
            file = null;
            string key = error.Key.Length == 0 ? "" : $", {error.Key}";
            sentence = string.Create(CultureInfo.InvariantCulture, $"{fileName}, line {error.Line}{key}: {error.Message}.");
            return false;
        }
    }

    /// <summary>
    /// All runs in order: guest after guest, so that one guest at a time works; within a guest factors and variants in randomised blocks. The
    /// same file gives the same order.
    /// </summary>
    public IReadOnlyList<StudySlot> Schedule()
    {
        var slots = new List<StudySlot>();
        for (int guest = 0; guest < Guests.Count; guest++)
        {
            string name = Guests[guest].Name;
            int[] items = [.. Enumerable.Range(0, Items.Count).Where(index => Items[index].Guests.Contains(name, StringComparer.Ordinal))];
            slots.AddRange(Study.Schedule.Make(items.Length, Blocks, unchecked(Seed + guest))
                .Select(run => new StudySlot(name, items[run.Factor], Items[items[run.Factor]].Factor.Name, Items[items[run.Factor]].WorkloadId, run.Variant, run.Block)));
        }

        return slots;
    }
}

/// <summary>A guest of a study, or this machine.</summary>
/// <param name="Name">Its name in the study.</param>
/// <param name="Place">How it is reached.</param>
public sealed record StudyGuest(string Name, GuestPlace Place);

/// <summary>How a guest is reached.</summary>
public abstract record GuestPlace
{
    private GuestPlace()
    {
    }

    /// <summary>This machine itself.</summary>
    public sealed record Here : GuestPlace;

    /// <summary>A machine of the lab, booted for the study.</summary>
    public sealed record Lab(string Machine) : GuestPlace;

    /// <summary>By the OpenSSH client.</summary>
    public sealed record Ssh(SshTarget Target) : GuestPlace;

    /// <summary>By the guest agent behind a unix socket.</summary>
    public sealed record Agent(string Socket) : GuestPlace;

    /// <summary>By the guest agent of a libvirt domain.</summary>
    public sealed record Domain(string Name) : GuestPlace;
}

/// <summary>One knob on one workload.</summary>
public sealed record StudyItem
{
    /// <summary>Knob, workload and both settings.</summary>
    public required Factor Factor { get; init; }

    /// <summary>The workload's name in the file.</summary>
    public required string WorkloadId { get; init; }

    /// <summary>Guests in which it is measured.</summary>
    public required IReadOnlyList<string> Guests { get; init; }

    /// <summary>Changes of this machine around each run, both sides.</summary>
    public IReadOnlyList<Knob> HostStanding { get; init; } = [];

    /// <summary>Changes of this machine around each untuned run.</summary>
    public IReadOnlyList<Knob> HostUntuned { get; init; } = [];

    /// <summary>Changes of this machine around each tuned run.</summary>
    public IReadOnlyList<Knob> HostTuned { get; init; } = [];

    /// <summary>Something on this machine is changed around its runs.</summary>
    public bool ChangesHost => HostStanding.Count + HostUntuned.Count + HostTuned.Count > 0;

    /// <summary>The setting of a variant.</summary>
    public Setting SettingOf(string variant) => variant == Schedule.Tuned ? Factor.Tuned : Factor.Untuned;

    /// <summary>Changes of this machine for a variant.</summary>
    public IReadOnlyList<Knob> HostKnobsOf(string variant) => [.. HostStanding, .. variant == Schedule.Tuned ? HostTuned : HostUntuned];
}

/// <summary>One run of a study.</summary>
/// <param name="Guest">Where.</param>
/// <param name="Item">Index of the item.</param>
/// <param name="Factor">The knob's name.</param>
/// <param name="Workload">The workload's name in the file.</param>
/// <param name="Variant">untuned, tuned or untuned-again.</param>
/// <param name="Block">0-based block.</param>
public sealed record StudySlot(string Guest, int Item, string Factor, string Workload, string Variant, int Block);
