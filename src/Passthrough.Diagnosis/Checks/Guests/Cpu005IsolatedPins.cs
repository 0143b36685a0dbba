using Passthrough.Host.Cpu;
using Passthrough.Host.Guests;

namespace Passthrough.Diagnosis.Checks;

/// <summary>CPU-005: isolation, pins and the threads of QEMU agree.</summary>
internal sealed class Cpu005IsolatedPins : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "CPU-005";

    /// <inheritdoc />
    public override string Title => "Isolated CPUs serve virtual CPUs only";

    /// <inheritdoc />
    public override Section Section => Section.Cpu;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "CPUs that isolcpus or nohz_full keep free of other work serve a pinned virtual CPU well. QEMU's own threads (emulatorpin, iothreadpin) belong on other "
        + "CPUs. The scheduler does not spread load over isolated CPUs, so a thread whose list names several of them stays on one.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when each virtual CPU is pinned to one isolated CPU and QEMU's threads are elsewhere, or nothing is isolated and QEMU's threads have CPUs of "
        + "their own. Warn when QEMU's threads are pinned to isolated CPUs, or one virtual CPU to several. Note when virtual CPUs run outside the isolated CPUs, "
        + "or QEMU's threads share theirs. Unknown when the isolated CPUs were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/admin-guide/kernel-parameters.txt (isolcpus, nohz_full)", "Linux: /sys/devices/system/cpu/isolated", "TuneD: profile realtime-virtual-host"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Pin each virtual CPU to one isolated CPU, and emulatorpin and iothreadpin to CPUs that are not isolated.")];

    /// <inheritdoc />
    protected override bool NeedsFunctions => false;

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        CpuInfo cpu = subjects.Model.Cpu;
        bool isWithoutNohz = cpu.NohzFull.IsAbsent && IommuFacts.AbsenceIsFact(subjects.Model);
        if (!cpu.Isolated.IsKnown || (!cpu.NohzFull.IsKnown && !isWithoutNohz))
        {
            var open = cpu.Isolated.IsKnown ? cpu.NohzFull : cpu.Isolated;
            tally.Add(Verdict.Unknown, $"Which CPUs are isolated is not known: {Quote.Unseen(open)}", Quote.Of(open));
            return;
        }

        // nohz_full alone stops the tick and leaves the CPU in the scheduler's hands; only isolated CPUs are taken out of balancing.
        CpuSet isolated = cpu.Isolated.Value!;
        CpuSet quiet = CpuSet.Of(isolated.Members.Concat(cpu.NohzFull.Or(CpuSet.Empty)!.Members));
        CpuSet pinned = GuestFacts.Pinned(definition);
        CpuSet helpers = CpuSet.Of(GuestFacts.Members(definition.EmulatorPin).Concat(definition.IothreadPins.Values.SelectMany(GuestFacts.Members)));
        Citation line = GuestFacts.Cite(guest, $"vcpupin {pinned}, emulatorpin {definition.EmulatorPin ?? "not stated"}");
        if (helpers.Intersect(quiet) is { Count: > 0 } wrong)
        {
            tally.Add(Verdict.Warn, $"QEMU's own threads are pinned to CPU {wrong}, which the host keeps isolated.", line, Remedies[0]);
        }

        if (isolated.Count > 0 && definition.VcpuPins.FirstOrDefault(pin => GuestFacts.Members(pin.Value).Count(isolated.Contains) > 1) is { Value: not null } wide)
        {
            tally.Add(Verdict.Warn, FormattableString.Invariant($"Virtual CPU {wide.Key} is pinned to {wide.Value}: the scheduler does not balance isolated CPUs, so it stays on one that others of the guest may use too."), line, Remedies[0]);
        }

        if (helpers.Intersect(pinned) is { Count: > 0 } shared)
        {
            tally.Add(Verdict.Note, $"QEMU's own threads and virtual CPUs share CPU {shared}.", line);
        }

        if (quiet.Count > 0 && (pinned.Count == 0 || pinned.Except(quiet).Count > 0))
        {
            tally.Add(Verdict.Note, pinned.Count == 0 ? $"CPU {quiet} is isolated, and the guest's virtual CPUs are not pinned to it." : $"Virtual CPUs are pinned to CPU {pinned.Except(quiet)}, which is not isolated.", line);
        }

        tally.Add(Verdict.Pass, quiet.Count == 0 ? "No CPU is isolated, and QEMU's threads are not pinned to those of virtual CPUs." : $"Virtual CPUs run on isolated CPUs ({quiet}), and QEMU's threads do not.",
            new Citation(cpu.Isolated.Source, null, isolated.ToString()));
    }
}
