using System.Globalization;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Cpu;

/// <summary>Reads processors. Sources: proc(5) cpuinfo, Documentation/ABI/testing/sysfs-devices-system-cpu.</summary>
public static class CpuReader
{
    /// <summary>Where tuned keeps the name of its profile.</summary>
    internal const string TunedProfilePath = "/etc/tuned/active_profile";

    private const string CpuInfoPath = "/proc/cpuinfo";
    private const string Root = "/sys/devices/system/cpu";

    /// <summary>Reads identity, topology, isolation and frequency policy.</summary>
    public static CpuInfo Read(IEvidence evidence)
    {
        Reading<CpuInfoText> text = evidence.Read(CpuInfoPath, static (string content, out CpuInfoText value) =>
        {
            CpuInfoText? parsed = CpuInfoParser.Parse(content);
            value = parsed!;
            return parsed is not null;
        });
        Reading<IReadOnlyList<string>> names = evidence.List(Root);
        return new CpuInfo
        {
            VendorId = Pick(text, text.Value?.VendorId, "it names no vendor"),
            ModelName = Pick(text, text.Value?.ModelName, "it names no model"),
            Flags = Pick(text, text.Value?.Flags, "it has no flags line"),
            Microcode = Pick(text, text.Value?.Microcode, "it has no microcode line"),
            Processors = text.IsKnown
                ? Reading.Of(text.Value!.Processors, CpuInfoPath)
                : Reading.Missing<int>(text.Outcome, CpuInfoPath, text.Why),
            Online = evidence.Read<CpuSet>(Root + "/online", CpuSet.TryParse),
            TunedProfile = evidence.ReadText(TunedProfilePath),
            Isolated = evidence.Read<CpuSet>(Root + "/isolated", CpuSet.TryParse),
            NohzFull = evidence.Read<CpuSet>(Root + "/nohz_full", TryNohzFull),
            SmtActive = evidence.ReadFlag(Root + "/smt/active"),
            Cpus = ReadCpus(evidence, names.Or([])!),
            Clocksource = evidence.ReadText("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
            PstateStatus = ReadPstate(evidence, names),
        };
    }

    private static Reading<T> Pick<T>(Reading<CpuInfoText> text, T? value, string why)
        where T : class =>
        !text.IsKnown ? Reading.Missing<T>(text.Outcome, CpuInfoPath, text.Why)
        : value is not null ? Reading.Of(value, CpuInfoPath, value as string)
        : Reading.Missing<T>(Outcome.Absent, CpuInfoPath, why);

    // A kernel with the option and no such CPUs prints "(null)" in some releases.
    private static bool TryNohzFull(string text, out CpuSet set) =>
        CpuSet.TryParse(text == "(null)" ? "" : text, out set);

    private static List<CpuCore> ReadCpus(IEvidence evidence, IReadOnlyList<string> names)
    {
        var numbers = new List<int>();
        foreach (string name in names)
        {
            if (name.StartsWith("cpu", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return [.. numbers.Select(number => ReadCpu(evidence, number))];
    }

    private static CpuCore ReadCpu(IEvidence evidence, int number)
    {
        string folder = string.Create(CultureInfo.InvariantCulture, $"{Root}/cpu{number}");
        Reading<IReadOnlyList<string>> names = evidence.List(folder);

        // An offline CPU has no topology, and a machine whose firmware rules the frequency has no cpufreq:
        // one listing answers for all their files.
        Outcome? topology = Without(names, "topology");
        Outcome? frequency = Without(names, "cpufreq");
        return new CpuCore(number,
            topology is { } gone ? Reading.Missing<long>(gone, folder + "/topology/physical_package_id")
                : evidence.ReadNumber(folder + "/topology/physical_package_id"),
            topology is { } missing ? Reading.Missing<long>(missing, folder + "/topology/core_id")
                : evidence.ReadNumber(folder + "/topology/core_id"),
            topology is { } none ? Reading.Missing<CpuSet>(none, folder + "/topology/thread_siblings_list")
                : ReadSiblings(evidence, folder),
            frequency is { } absent ? Reading.Missing<string>(absent, folder + "/cpufreq/scaling_governor")
                : evidence.ReadText(folder + "/cpufreq/scaling_governor"),
            frequency is { } lost ? Reading.Missing<string>(lost, folder + "/cpufreq/scaling_driver")
                : evidence.ReadText(folder + "/cpufreq/scaling_driver"));
    }

    private static Outcome? Without(Reading<IReadOnlyList<string>> names, string name) =>
        !names.IsKnown ? names.Outcome : names.Value!.Contains(name) ? null : Outcome.Absent;

    private static Reading<CpuSet> ReadSiblings(IEvidence evidence, string folder)
    {
        Reading<CpuSet> list = evidence.Read<CpuSet>(folder + "/topology/thread_siblings_list", CpuSet.TryParse);
        if (list.Outcome is not (Outcome.Absent or Outcome.NotRecorded))
        {
            return list;
        }

        Reading<CpuSet> mask = evidence.Read<CpuSet>(folder + "/topology/thread_siblings", CpuSet.TryParseMask);
        return mask.IsKnown ? mask : list;
    }

    private static Reading<string> ReadPstate(IEvidence evidence, Reading<IReadOnlyList<string>> names)
    {
        string intel = Root + "/intel_pstate/status";
        if (!names.IsKnown)
        {
            return Reading.Missing<string>(names.Outcome, intel, names.Why);
        }

        return names.Value!.Contains("intel_pstate") ? evidence.ReadText(intel)
            : names.Value!.Contains("amd_pstate") ? evidence.ReadText(Root + "/amd_pstate/status")
            : Reading.Missing<string>(Outcome.Absent, intel);
    }
}
