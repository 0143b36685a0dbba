using System.Globalization;
using Passthrough.Guests;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Results;
using Passthrough.Tuning;

namespace Passthrough.Study.Nested;

/// <summary>
/// Measures inside a guest before and after this machine, its host, is tuned. The guest's functions go to vfio-pci for the time of the study; before each boot of the guest
/// the host's settings of that side are applied through the tuning journal, and taken back after it: huge pages behind the guest's memory, its processor on a CPU of its own, the
/// interrupts of its functions on that CPU.
/// </summary>
/// <param name="now">Evidence that is not recorded: the state changes between boots.</param>
/// <param name="model">This machine.</param>
/// <param name="session">Where changes are made.</param>
/// <param name="lab">Starts the guest.</param>
/// <param name="agentPath">The single file <c>ptdiag</c> that is copied into the guest.</param>
public sealed class NestedHost(IEvidence now, HostModel model, TuningSession session, Lab lab, string agentPath)
{
    private const long PageBytes = 2L << 20;
    private const int GuestMebibytes = 512;

    // The guest's processor and the interrupts of its devices, away from CPU 0, which serves the host.
    private const int GuestCpu = 1;
    private const string Factor = "all";
    private const int Attempts = 3;

    private static readonly string[] _functions = ["0000:00:04.0", "0000:00:05.0"];

    private static readonly (string File, string Words)[] _workloads =
    [
        ("block.json", "block.io.latency --set device=/dev/nvme0n1 --set depth=1 --set cpu=0"),
        ("chase.json", "memory.chase --set sizeBytes=67108864 --set cpu=0"),
        ("timer.json", "timer.wakeup --set cpu=0"),
    ];

    private readonly List<string> _failed = [];

    /// <summary>Runs the study; the machine is left as it was found.</summary>
    /// <exception cref="LabException">A guest did not boot, or left no result.</exception>
    /// <exception cref="TuningException">A setting could not be applied.</exception>
    public async Task<ResultsDocument> RunAsync(StudyOptions options)
    {
        foreach (string function in _functions)
        {
            session.Apply(Steps.Bind(now, model, PciAddress.TryParse(function, out PciAddress address) ? address : throw new TuningException($"'{function}' is no PCI address."), "vfio-pci", Factor));
        }

        var runs = new List<WorkloadRun>();
        MachineSummary? guest = null;
        IReadOnlyList<ScheduledRun> schedule = Schedule.Make(1, options.Blocks, options.Seed);
        for (int i = 0; i < schedule.Count; i++)
        {
            options.Progress?.Report(new StudyProgress(i, schedule.Count, $"block {schedule[i].Block + 1}: guest, host {schedule[i].Variant}"));
            ResultsDocument[] documents = await TriedAsync(schedule[i], options).ConfigureAwait(false);
            guest ??= MachineSummaries.OfGuest(documents[0].Machine, "nested-guest", "kvm", model.IsVirtualMachine);
            runs.AddRange(documents.SelectMany(document => document.Workloads));
        }

        options.Progress?.Report(new StudyProgress(schedule.Count, schedule.Count, "done"));
        return new ResultsDocument
        {
            Tool = new ToolIdentity("ptdiag", options.Version),
            Machine = guest ?? throw new LabException("No guest was booted: the study has no block."),
            Design = new StudyDesign(options.Seed, options.Blocks, [.. runs.Select(run => run.Variant)], "boot"),
            Workloads = runs,
            Skipped = [.. _failed.Select(reason => new SkippedWorkload("a boot of the guest, made again", reason, Factor))],
        };
    }

    // Emulated nested virtualisation now and then hangs a guest before its first program runs: nothing was measured then, and the boot is made again. Each is told of.
    private async Task<ResultsDocument[]> TriedAsync(ScheduledRun scheduled, StudyOptions options)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await BootAsync(scheduled, options).ConfigureAwait(false);
            }
            catch (LabException error) when (attempt < Attempts)
            {
                _failed.Add($"block {scheduled.Block + 1}, host {scheduled.Variant}: {error.Message.Split('\n')[0]}");
            }
        }
    }

    private async Task<ResultsDocument[]> BootAsync(ScheduledRun scheduled, StudyOptions options)
    {
        bool tuned = scheduled.Variant == Schedule.Tuned;
        int applied = session.Applied.Count;
        try
        {
            if (tuned)
            {
                session.Apply(Steps.HugePages(now, PageBytes, GuestMebibytes * 1024L * 1024 / PageBytes, node: null, Factor));
            }

            using var ends = CancellationTokenSource.CreateLinkedTokenSource(options.Cancel);
            Task<HostSeen> watch = WatchAsync(tuned, ends.Token);
            LabRun run;
            try
            {
                run = await lab.RunAsync(Machine(tuned), Command(options), options.Cancel).ConfigureAwait(false);
            }
            finally
            {
                await ends.CancelAsync().ConfigureAwait(false);
            }

            HostSeen seen = await watch.ConfigureAwait(false);
            return [.. _workloads.Select(workload => Read(run, workload.File, scheduled, seen))];
        }
        finally
        {
            TakeBack(applied);
        }
    }

    private void TakeBack(int remain)
    {
        while (session.Applied.Count > remain)
        {
            if (session.UndoLast() is { } problem)
            {
                throw new TuningException($"A setting could not be taken back: {problem}.");
            }
        }
    }

    /// <summary>While the guest runs: routes the interrupts of its functions as they appear, and looks where they arrive.</summary>
    private async Task<HostSeen> WatchAsync(bool route, CancellationToken ends)
    {
        var routed = new HashSet<string>(StringComparer.Ordinal);
        long total = 0, near = 0, pages = 0;
        while (!ends.IsCancellationRequested)
        {
            if (now.ReadText("/proc/interrupts") is { IsKnown: true } text)
            {
                InterruptLine[] lines = [.. (InterruptTableParser.Parse(text.Value!)?.Lines ?? []).Where(line => line.IsVfio)];
                foreach (InterruptLine line in route ? lines : [])
                {
                    if (!routed.Add(line.Irq))
                    {
                        continue;
                    }

                    try
                    {
                        session.Apply(Steps.InterruptAffinity(now, line.Irq, CpuSet.Of([GuestCpu]), Factor));
                    }
                    catch (TuningException)
                    {
                        // Freed since it was seen: the guest's driver made its interrupts anew, or the guest is going. The next look finds the new one.
                        routed.Remove(line.Irq);
                    }
                    catch (OperationCanceledException)
                    {
                        break;
                    }
                }

                if (lines.Length > 0)
                {
                    // The rows go with the guest, and others take their place while it ends: the fullest ones seen count.
                    long sum = lines.Sum(line => line.Total);
                    if (sum >= total)
                    {
                        (total, near) = (sum, lines.Sum(line => line.Counts.Count > GuestCpu ? line.Counts[GuestCpu] : 0));
                    }

                    pages = Math.Max(pages, Used());
                }
            }

            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(300), ends).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        return new HostSeen(total, near, pages);
    }

    private long Used()
    {
        const string folder = "/sys/kernel/mm/hugepages/hugepages-2048kB/";
        return Math.Max(0, now.ReadNumber(folder + "nr_hugepages").Or(0) - now.ReadNumber(folder + "free_hugepages").Or(0));
    }

    private static LabMachine Machine(bool tuned) => new()
    {
        Name = "nested-guest",
        Summary = "A guest of this machine, with the functions passed through.",
        Iommu = LabIommu.None,
        MemoryMebibytes = GuestMebibytes,
        Devices = [.. _functions.Select(function => new LabDevice($"vfio-pci,host={function}"))],
        HostDrivers = ["nvme"],
        WaitFor = ["/dev/nvme0n1"],
        HasHugePages = tuned,
        HostCpus = tuned ? GuestCpu.ToString(CultureInfo.InvariantCulture) : null,
    };

    private LabCommand Command(StudyOptions options)
    {
        string times = string.Create(CultureInfo.InvariantCulture,
            $"--runs 1 --warm-up-ms {options.WarmUp.TotalMilliseconds:0} --measure-ms {options.Measure.TotalMilliseconds:0} --format json");
        return new LabCommand
        {
            Arguments = ["/bin/sh", "-ec", string.Join('\n', _workloads.Select(workload => $"ptdiag bench run {workload.Words} {times} --output /out/{workload.File}"))],
            AgentPath = agentPath,
            Timeout = TimeSpan.FromSeconds(150),
        };
    }

    private static ResultsDocument Read(LabRun run, string file, ScheduledRun scheduled, HostSeen seen)
    {
        if (!run.Files.TryGetValue(file, out byte[]? content))
        {
            throw new LabException($"The guest left no {file}: {(run.Error.Trim() is { Length: > 0 } error ? error : run.Output.Trim())}");
        }

        if (!ResultsJson.TryParseResults(content, out ResultsDocument? document, out string? sentence))
        {
            throw new LabException($"The guest left a result that cannot be read: {sentence}");
        }

        return document with
        {
            Workloads =
            [
                .. document.Workloads.Select(one => one with
                {
                    Variant = scheduled.Variant,
                    Factor = Factor,
                    Block = scheduled.Block,
                    Run = scheduled.Block,
                    Witness = new SortedDictionary<string, double>(one.Witness.ToDictionary(), StringComparer.Ordinal)
                    {
                        ["hostHugePages"] = seen.HugePages,
                        ["hostInterrupts"] = seen.Interrupts,
                        ["hostInterruptsOnGuestCpu"] = seen.Interrupts == 0 ? 0 : seen.OnGuestCpu / (double)seen.Interrupts,
                    },
                }),
            ],
        };
    }

    private readonly record struct HostSeen(long Interrupts, long OnGuestCpu, long HugePages);
}
