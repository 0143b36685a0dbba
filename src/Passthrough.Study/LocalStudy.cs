using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Results;
using Passthrough.Tuning;

namespace Passthrough.Study;

/// <summary>
/// Runs factors on this machine in randomised blocks: applies each setting through the tuning journal, runs the
/// workload, takes the setting back. Whatever happens, the machine is left as it was found.
/// </summary>
/// <param name="now">Evidence that is not recorded: the state changes between runs.</param>
/// <param name="model">The machine.</param>
/// <param name="session">Where changes are made.</param>
public sealed class LocalStudy(IEvidence now, HostModel model, TuningSession session)
{
    /// <summary>Beginning of the sentence after which the machine is not what it was.</summary>
    internal const string NotTakenBack = "A setting could not be taken back";

    /// <summary>Runs the factors; what cannot run becomes a skipped entry with its reason.</summary>
    public ResultsDocument Run(BeforeAfter plan, StudyOptions options)
    {
        var skipped = new List<SkippedWorkload>(plan.Skipped);
        List<Factor> factors = [];
        foreach (Factor factor in plan.Factors)
        {
            if (Stand(factor) is { } reason)
            {
                skipped.Add(new SkippedWorkload($"{factor.Workload} ({factor.Name})", reason, factor.Name));
            }
            else
            {
                factors.Add(factor);
            }
        }

        IReadOnlyList<ScheduledRun> schedule = Schedule.Make(factors.Count, options.Blocks, options.Seed);
        var runs = new List<WorkloadRun>(schedule.Count);
        var broken = new HashSet<Factor>();
        for (int i = 0; i < schedule.Count; i++)
        {
            Factor factor = factors[schedule[i].Factor];
            options.Progress?.Report(new StudyProgress(i, schedule.Count, $"block {schedule[i].Block + 1}: {factor.Workload} {factor.Name} {schedule[i].Variant}"));
            if (broken.Contains(factor))
            {
                continue;
            }

            try
            {
                Setting setting = schedule[i].Variant == Schedule.Tuned ? factor.Tuned : factor.Untuned;
                runs.Add(Once(factor, setting, schedule[i].Variant, schedule[i].Block, options));
            }
            catch (Exception error) when (error is BenchException or TuningException)
            {
                broken.Add(factor);
                skipped.Add(new SkippedWorkload($"{factor.Workload} ({factor.Name})", error.Message, factor.Name));
            }
        }

        options.Progress?.Report(new StudyProgress(schedule.Count, schedule.Count, "done"));
        return new ResultsDocument
        {
            Tool = new ToolIdentity("ptdiag", options.Version),
            Machine = MachineSummaries.Of(model),
            Design = new StudyDesign(options.Seed, options.Blocks, [.. runs.Select(run => run.Variant)], "run"),
            Workloads = runs,
            Skipped = skipped,
        };
    }

    /// <summary>Applies what must hold during the whole study; the sentence of what could not be, or null.</summary>
    internal string? Stand(Factor factor)
    {
        try
        {
            foreach (Knob knob in factor.Standing)
            {
                session.Apply(StepOf(knob, factor.Name));
            }

            return WorkloadCatalog.Find(factor.Workload) is null ? $"there is no workload {factor.Workload}" : null;
        }
        catch (TuningException error)
        {
            return error.Message;
        }
    }

    /// <summary>Does something with knobs turned, and turns them back whatever happens. An interrupt of the workload's own is none of them.</summary>
    /// <exception cref="TuningException">A knob could not be turned, or not be turned back.</exception>
    internal T Under<T>(IEnumerable<Knob> knobs, string reason, Func<T> work)
    {
        int applied = session.Applied.Count;
        try
        {
            foreach (Knob knob in knobs.Where(knob => knob is not Knob.InterruptCpu))
            {
                session.Apply(StepOf(knob, reason));
            }

            return work();
        }
        finally
        {
            TakeBack(applied);
        }
    }

    /// <summary>One run under one setting, which is taken back.</summary>
    internal WorkloadRun Once(Factor factor, Setting setting, string variant, int block, StudyOptions options)
    {
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in factor.Parameters.Concat(setting.Parameters))
        {
            parameters[name] = value;
        }

        return Under(setting.Knobs, factor.Name, () => BenchEngine.Run(WorkloadCatalog.Find(factor.Workload)!, parameters, model, new RunOptions
        {
            Variant = variant,
            Factor = factor.Name,
            Run = block,
            Block = block,
            WarmUp = options.WarmUp,
            Measure = options.Measure,
            Cancel = options.Cancel,
            AfterPrepare = workload => Route(workload, setting, factor.Name),
        }));
    }

    private void Route(IWorkload workload, Setting setting, string reason)
    {
        foreach (Knob.InterruptCpu knob in setting.Knobs.OfType<Knob.InterruptCpu>())
        {
            string irq = (workload as IHasInterrupt)?.Interrupt
                ?? throw new BenchException("The workload's interrupt does not show in /proc/interrupts, so it cannot be routed.");
            session.Apply(Steps.InterruptAffinity(now, irq, CpuSet.Of([knob.Cpu]), reason));
        }
    }

    private void TakeBack(int remain)
    {
        while (session.Applied.Count > remain)
        {
            if (session.UndoLast() is { } problem)
            {
                throw new TuningException($"{NotTakenBack}: {problem}.");
            }
        }
    }

    // Managed interrupts of a kernel driver refuse to be moved (EIO); the sentence of the step names the file.
    private TuningStep? InterruptsOf(Knob.DeviceInterrupts knob, string reason)
    {
        IReadOnlyList<string> lines = now.List($"/sys/bus/pci/devices/{knob.Device}/msi_irqs").Or([])!;
        if (lines.Count == 0)
        {
            throw new TuningException($"{knob.Device} has no MSI interrupt now, so none is routed: its driver makes them when it opens the device.");
        }

        TuningChange[] writes = [.. lines.SelectMany(line => Steps.InterruptAffinity(now, line, CpuSet.Of([knob.Cpu]), reason)?.Changes ?? [])];
        return writes.Length == 0 ? null : new TuningStep(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"interrupts of {knob.Device} → CPU {knob.Cpu}"), reason, writes);
    }

    private TuningStep? StepOf(Knob knob, string reason) => knob switch
    {
        Knob.HugePages pages => Steps.HugePages(now, pages.SizeBytes, pages.Count, pages.Node, reason),
        Knob.Bind bind => Steps.Bind(now, model, bind.Device, bind.Driver, reason),
        Knob.GroupType type => Steps.GroupType(now, model,
            now.ReadLinkName($"/sys/bus/pci/devices/{type.Device}/iommu_group").Or(null)
                ?? throw new TuningException($"{type.Device} is in no IOMMU group."), type.Type, reason, rebind: true),
        Knob.DeviceInterrupts interrupts => InterruptsOf(interrupts, reason),
        Knob.ReceivePacketSteering steering => Steps.ReceivePacketSteering(now, steering.Interface, steering.Cpus, reason),
        _ => null,
    };
}
