using System.Globalization;
using Passthrough.Study;
using Passthrough.Study.Conducting;
using Passthrough.Study.Files;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary>A study as text: what it will do, and how far it is.</summary>
internal static class StudyText
{
    /// <summary>What a study file will do.</summary>
    public static void DrawPlan(IAnsiConsole console, StudyFile file)
    {
        IReadOnlyList<StudySlot> schedule = file.Schedule();
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{file.Name}: {schedule.Count} runs in {file.Blocks} block(s), seed {file.Seed}; at least {Time(schedule.Count * (file.WarmUp + file.Measure))} of warming up and measuring"));
        foreach (StudyGuest guest in file.Guests)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  guest {guest.Name}, {Place(guest.Place)}: {schedule.Count(slot => slot.Guest == guest.Name)} runs"));
        }

        foreach (StudyItem item in file.Items)
        {
            Factor factor = item.Factor;
            console.WriteLine($"  factor {factor.Name} on {item.WorkloadId}: {factor.Title}");
            console.WriteLine($"    both sides: {Side(factor.Parameters, factor.Standing, item.HostStanding)}");
            console.WriteLine($"    untuned: {Side(factor.Untuned.Parameters, factor.Untuned.Knobs, item.HostUntuned)}");
            console.WriteLine($"    tuned: {Side(factor.Tuned.Parameters, factor.Tuned.Knobs, item.HostTuned)}");
        }
    }

    /// <summary>How far a study is.</summary>
    public static void DrawState(IAnsiConsole console, StudyRecord record, StudyFile file)
    {
        int total = record.Header.Schedule.Count;
        long[] took = [.. record.Lines.Select(line => line.ElapsedMs).OfType<long>()];
        string rest = record.Done == total ? "finished"
            : took.Length == 0 ? "how long the rest takes is not known yet"
            : $"about {Time(TimeSpan.FromMilliseconds(took.Average() * (total - record.Done)))} left";
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file.Name}: {record.Done} of {total} runs done, {rest}"));
        foreach (StudyGuest guest in file.Guests)
        {
            StudyLine[] own = [.. record.Lines.Where(line => line.Guest == guest.Name && line.Slot is not null)];
            int skipped = own.Count(line => line.Skipped is not null);
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {guest.Name}, {Place(guest.Place)}: {own.Length} of {record.Header.Schedule.Count(slot => slot.Guest == guest.Name)}{(skipped > 0 ? $", {skipped} of them skipped" : "")}"));
            if (guest.Place is not GuestPlace.Lab && record.FolderLeftIn(guest.Name) is { } folder)
            {
                console.WriteLine($"    {folder} is in the guest: the study runs, or was killed; 'ptdiag study resume' removes it");
            }
        }

        StudyReport.Draw(console, record.Documents(file).Where(document => document.Workloads.Count + document.Skipped.Count > 0), []);
    }

    private static string Place(GuestPlace place) => place switch
    {
        GuestPlace.Lab lab => $"lab machine {lab.Machine}",
        GuestPlace.Ssh ssh => $"{ssh.Target.Destination} by ssh",
        GuestPlace.Agent agent => $"guest agent at {agent.Socket}",
        GuestPlace.Domain domain => $"guest agent of the domain {domain.Name}",
        _ => "this machine",
    };

    private static string Side(IReadOnlyDictionary<string, string> parameters, IReadOnlyList<Knob> knobs, IReadOnlyList<Knob> host)
    {
        string[] parts =
        [
            .. parameters.Select(item => $"{item.Key}={item.Value}"), .. knobs.Select(Words), .. host.Select(knob => Words(knob) + " on this machine"),
        ];
        return parts.Length == 0 ? "nothing of its own" : string.Join(", ", parts);
    }

    private static string Words(Knob knob) => knob switch
    {
        Knob.HugePages pages => string.Create(CultureInfo.InvariantCulture, $"{pages.Count} huge pages of {pages.SizeBytes} bytes{(pages.Node is { } node ? $" on node {node}" : "")}"),
        Knob.Bind bind => $"{bind.Device} bound to {bind.Driver}",
        Knob.GroupType type => $"group of {type.Device} of type {type.Type}",
        Knob.InterruptCpu cpu => string.Create(CultureInfo.InvariantCulture, $"the workload's interrupt on CPU {cpu.Cpu}"),
        Knob.DeviceInterrupts device => string.Create(CultureInfo.InvariantCulture, $"interrupts of {device.Device} on CPU {device.Cpu}"),
        Knob.ReceivePacketSteering steering => $"{steering.Interface} steered to {(steering.Cpus.Count == 0 ? "no CPUs" : "CPUs " + steering.Cpus)}",
        _ => "",
    };

    // Rounded down: "at least" has to stay true.
    private static string Time(TimeSpan span) => span.TotalSeconds < 120
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalSeconds):0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalMinutes * 10) / 10:0.#} min");
}
