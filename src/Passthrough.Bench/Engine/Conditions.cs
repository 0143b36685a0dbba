using System.Globalization;
using Passthrough.Bench.Native;
using Passthrough.Results;

namespace Passthrough.Bench.Engine;

/// <summary>
/// Reads what could move a figure besides the knob: before the warm-up what a reading may disturb, around the measured stage only a few
/// short files. Sources: Documentation/admin-guide/pm/{cpufreq,intel_pstate}.rst, Documentation/ABI/testing/sysfs-devices-system-cpu,
/// Documentation/filesystems/proc.rst.
/// </summary>
internal sealed class Conditions
{
    private const string CpuFolder = "/sys/devices/system/cpu";
    private readonly ISystemCalls _system;
    private readonly string _frequencyFolder;
    private readonly RunConditions _standing;
    private long? _stealAtStart;

    private Conditions(ISystemCalls system, string frequencyFolder, RunConditions standing)
    {
        _system = system;
        _frequencyFolder = frequencyFolder;
        _standing = standing;
    }

    /// <summary>Reads what stands for the whole run. <paramref name="cpu"/> is the measuring CPU; null: CPU 0 speaks for all.</summary>
    public static Conditions Read(ISystemCalls system, int? cpu)
    {
        string frequency = string.Create(CultureInfo.InvariantCulture, $"{CpuFolder}/cpu{cpu ?? 0}/cpufreq");
        return new Conditions(system, frequency, new RunConditions
        {
            Governor = Word(system, frequency + "/scaling_governor"),
            Clocksource = Word(system, "/sys/devices/system/clocksource/clocksource0/current_clocksource"),
            Mitigations = MitigationsOf(system),
            Microcode = Word(system, CpuFolder + "/cpu0/microcode/version"),
            Irqbalance = Runs(system, "irqbalance"),
            LoadAverage = Load(system),
            TransparentHugePages = Chosen(system.ReadText("/sys/kernel/mm/transparent_hugepage/enabled")),
            Turbo = TurboOf(system),
        });
    }

    /// <summary>Right before the measured stage.</summary>
    public void Begin() => _stealAtStart = Steal(_system);

    /// <summary>Right after it.</summary>
    public RunConditions End() => _standing with
    {
        StealTicks = _stealAtStart is { } before && Steal(_system) is { } after ? after - before : null,
        // cpufreq counts in kilohertz.
        FrequencyHz = _system.ReadNumber(_frequencyFolder + "/scaling_cur_freq") is { } kilohertz and > 0 ? kilohertz * 1000 : null,
        TemperatureC = Hottest(_system),
    };

    /// <summary>The eighth figure of the "cpu" line; kernels before 2.6.11 have none.</summary>
    private static long? Steal(ISystemCalls system)
    {
        string? line = system.ReadText("/proc/stat")?.Split('\n', 2)[0];
        string[] fields = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return fields.Length > 8 && fields[0] == "cpu" && long.TryParse(fields[8], NumberStyles.None, CultureInfo.InvariantCulture, out long ticks) ? ticks : null;
    }

    private static double? Load(ISystemCalls system) =>
        double.TryParse(system.ReadText("/proc/loadavg")?.Split(' ')[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double load) ? load : null;

    private static double? Hottest(ISystemCalls system)
    {
        const string Folder = "/sys/class/thermal";
        if (system.List(Folder, out IReadOnlyList<string> names) < 0)
        {
            return null;
        }

        // Thousandths of a degree; a zone without a reading answers with an error.
        long[] zones = [.. names.Where(name => name.StartsWith("thermal_zone", StringComparison.Ordinal))
            .Select(name => system.ReadNumber($"{Folder}/{name}/temp")).OfType<long>().Where(value => value > 0)];
        return zones.Length == 0 ? null : zones.Max() / 1000.0;
    }

    private static string? MitigationsOf(ISystemCalls system)
    {
        const string Folder = CpuFolder + "/vulnerabilities";
        if (system.List(Folder, out IReadOnlyList<string> names) < 0)
        {
            return null;
        }

        string[] affected = [.. names.Select(name => (name, State: Word(system, $"{Folder}/{name}")))
            .Where(item => item.State is not null and not "Not affected")
            .Select(item => $"{item.name}: {item.State}")];
        return affected.Length == 0 ? "none needed" : string.Join("; ", affected);
    }

    /// <summary>Looked for in /proc by name; null when /proc could not be listed.</summary>
    private static bool? Runs(ISystemCalls system, string name)
    {
        if (system.List("/proc", out IReadOnlyList<string> entries) < 0)
        {
            return null;
        }

        return entries.Any(entry => char.IsAsciiDigit(entry[0]) && Word(system, $"/proc/{entry}/comm") == name);
    }

    private static bool? TurboOf(ISystemCalls system) =>
        system.ReadNumber(CpuFolder + "/intel_pstate/no_turbo") is { } off ? off == 0
        : system.ReadNumber(CpuFolder + "/cpufreq/boost") is { } on ? on != 0
        : null;

    /// <summary>The word in brackets: "always [madvise] never".</summary>
    private static string? Chosen(string? text)
    {
        int open = text?.IndexOf('[', StringComparison.Ordinal) ?? -1;
        int close = text?.IndexOf(']', StringComparison.Ordinal) ?? -1;
        return open >= 0 && close > open ? text![(open + 1)..close] : null;
    }

    private static string? Word(ISystemCalls system, string path) => system.ReadText(path)?.Trim() is { Length: > 0 } text ? text : null;
}
