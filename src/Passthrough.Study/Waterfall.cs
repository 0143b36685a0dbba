using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads;
using Passthrough.Host.Cpu;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Results;
using Passthrough.Tuning;

namespace Passthrough.Study;

/// <summary>
/// The path of an interrupt in legs that can be measured one by one: a clock reading, a register read, VFIO's software loopback,
/// polling, and the interrupt itself under each way of waiting and on each side of the CPU boundary. What a machine does not offer is
/// listed with its reason.
/// </summary>
/// <param name="Legs">What is measured, from the least to the whole path.</param>
/// <param name="Skipped">What is not, and why.</param>
public sealed record Waterfall(IReadOnlyList<WaterfallLeg> Legs, IReadOnlyList<SkippedWorkload> Skipped)
{
    /// <summary>How the legs may be read; stands under every table of them.</summary>
    public const string Reading = "The legs contain different things (a call here, a device access, an interrupt or a wake-up there): "
        + "compare each with itself on another machine or setting; the difference of two legs is not the cost of one part.";

    private const string Interrupt = "irq.edu.msi";
    private const string Nvme = "dma.nvme.vfio.latency";
    private static readonly string[] _waits = ["spin", "block"];

    /// <summary>What this machine offers.</summary>
    /// <param name="model">The machine.</param>
    /// <param name="devices">Functions that are on vfio-pci; none for the first edu device and the first NVMe controller that are.</param>
    /// <param name="bind">Functions to give to vfio-pci for the time of the study.</param>
    public static Waterfall For(HostModel model, IReadOnlyList<PciAddress> devices, IReadOnlyList<PciAddress> bind)
    {
        var legs = new List<WaterfallLeg>();
        var skipped = new List<SkippedWorkload>();
        IReadOnlyList<int> cpus = model.Cpu.Online.Or(CpuSet.Empty)!.Members;
        PciDevice[] chosen = [.. devices.Concat(bind).Distinct().Select(model.Pci.Find).OfType<PciDevice>()];
        if (devices.Count + bind.Count == 0)
        {
            PciDevice[] bound = [.. model.Pci.All.Where(device => device.Driver.Or(null) == "vfio-pci")];
            chosen = [.. new[] { bound.FirstOrDefault(IsEdu), bound.FirstOrDefault(IsNvme) }.OfType<PciDevice>()];
        }

        int clockCpu = chosen.Length > 0 ? Local(model, chosen[0], cpus) : cpus.Count > 0 ? cpus[0] : 0;
        legs.Add(Leg("clock.read", "clock", "two readings of the clock, as every other leg has them",
            [("cpu", Number(clockCpu))], null, null));
        if (chosen.Length == 0)
        {
            skipped.Add(new SkippedWorkload("legs of a device", "no edu device and no NVMe controller is on vfio-pci: name a function with --bind, or one that is on vfio-pci with --device"));
        }

        foreach (PciDevice device in chosen)
        {
            Add(model, device, bind.Contains(device.Address) ? new Knob.Bind(device.Address, "vfio-pci") : null, cpus, legs, skipped);
        }

        return new Waterfall(legs, skipped);
    }

    /// <summary>Runs every leg once a block, in a new order in each block, and leaves the machine as it was.</summary>
    /// <param name="study">Applies settings and takes them back.</param>
    /// <param name="model">The machine.</param>
    /// <param name="options">Blocks, seed and durations.</param>
    public ResultsDocument Run(LocalStudy study, HostModel model, StudyOptions options)
    {
        var skipped = new List<SkippedWorkload>(Skipped);
        var broken = new HashSet<WaterfallLeg>();
        foreach (WaterfallLeg leg in Legs)
        {
            if (study.Stand(leg.Factor) is { } reason)
            {
                Skip(leg, reason);
            }
        }

        var runs = new List<WorkloadRun>();
        IReadOnlyList<(int Block, int Item)> order = Schedule.Interleave(Legs.Count, options.Blocks, options.Seed);
        for (int i = 0; i < order.Count; i++)
        {
            WaterfallLeg leg = Legs[order[i].Item];
            options.Progress?.Report(new StudyProgress(i, order.Count, $"block {order[i].Block + 1}: {leg.Variant}"));
            if (broken.Contains(leg))
            {
                continue;
            }

            try
            {
                runs.Add(study.Once(leg.Factor, leg.Factor.Untuned, leg.Variant, order[i].Block, options));
            }
            catch (Exception error) when (error is BenchException or TuningException)
            {
                Skip(leg, error.Message);
            }
        }

        options.Progress?.Report(new StudyProgress(order.Count, order.Count, "done"));
        return new ResultsDocument
        {
            Tool = new ToolIdentity("ptdiag", options.Version),
            Machine = MachineSummaries.Of(model),
            Design = new StudyDesign(options.Seed, options.Blocks, [.. runs.Select(run => run.Variant)], "run"),
            Workloads = runs,
            Skipped = skipped,
        };

        void Skip(WaterfallLeg leg, string reason)
        {
            broken.Add(leg);
            skipped.Add(new SkippedWorkload($"{leg.Factor.Workload} ({leg.Variant})", reason.TrimEnd('.')));
        }
    }

    private static void Add(HostModel model, PciDevice device, Knob.Bind? bind, IReadOnlyList<int> cpus, List<WaterfallLeg> legs, List<SkippedWorkload> skipped)
    {
        string address = device.Address.ToString();
        int local = Local(model, device, cpus);
        (string, string)[] here = [("device", address), ("threadCpu", Number(local))];
        legs.Add(Leg("irq.mmio.read", "register read", "one read over the bus and back; of an emulated device, an exit to its emulator", here, bind, null));
        legs.AddRange(_waits.Select(wait => Leg("irq.vfio.trigger", $"software trigger, {wait}",
            "an ioctl in which the kernel signals, and a read that finds it done; no device, no interrupt, no sleep", [.. here, ("wait", wait)], bind, null)));
        if (IsEdu(device))
        {
            legs.Add(Leg("irq.edu.poll", "polled", "a register write and reads until the status shows it; no interrupt", here, bind, null));
            AddInterrupts(Interrupt, "threadCpu", "a register write, ", address, local, cpus, bind, legs, skipped);
        }
        else
        {
            skipped.Add(new SkippedWorkload(Interrupt, $"{address} is not QEMU's edu device (1234:11e8), the only one whose interrupt can be raised on demand"));
        }

        // Where the tool drives NVMe controllers itself, a read is a device access that ends in an interrupt.
        if (IsNvme(device) && WorkloadCatalog.Find(Nvme) is not null)
        {
            legs.Add(Leg(Nvme, "NVMe read, polled", "a doorbell write, the drive's read, and looks at the completion queue; no interrupt",
                [("device", address), ("cpu", Number(local)), ("wait", "poll")], bind, null));
            AddInterrupts(Nvme, "cpu", "a doorbell write, the drive's read, ", address, local, cpus, bind, legs, skipped);
        }
    }

    private static void AddInterrupts(string workload, string cpuName, string before, string address, int local, IReadOnlyList<int> cpus,
        Knob.Bind? bind, List<WaterfallLeg> legs, List<SkippedWorkload> skipped)
    {
        int? other = cpus.Any(cpu => cpu != local) ? cpus.First(cpu => cpu != local) : null;
        foreach (string wait in _waits)
        {
            string contents = before + (wait == "spin"
                ? "the interrupt, its handler, the signal, and reads until it shows"
                : "the interrupt, its handler, the signal, and the scheduler's wake-up where the thread sleeps");
            foreach ((int cpu, string where) in other is { } elsewhere ? [(local, "on the thread's CPU"), (elsewhere, "on another CPU")] : new[] { (local, "on the thread's CPU") })
            {
                legs.Add(Leg(workload, $"{(workload == Nvme ? "NVMe read, " : "")}interrupt {where}, {wait}", contents,
                    [("device", address), (cpuName, Number(local)), ("wait", wait)], bind, new Knob.InterruptCpu(cpu)));
            }
        }

        if (other is null)
        {
            skipped.Add(new SkippedWorkload($"{workload} (interrupt on another CPU)", "only one CPU is online, so there is no other CPU to interrupt"));
        }
    }

    private static WaterfallLeg Leg(string workload, string variant, string contents, (string Name, string Value)[] parameters, Knob.Bind? bind, Knob? around)
    {
        var given = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in parameters)
        {
            given[name] = value;
        }

        var setting = new Setting(new Dictionary<string, string>(), around is null ? [] : [around]);
        return new WaterfallLeg(variant, contents, new Factor
        {
            Name = "leg",
            Title = contents,
            Workload = workload,
            Parameters = given,
            Standing = bind is null ? [] : [bind],
            Untuned = setting,
            Tuned = setting,
        });
    }

    /// <summary>A CPU near the device; the first one where that is not known.</summary>
    private static int Local(HostModel model, PciDevice device, IReadOnlyList<int> cpus)
    {
        NumaNode? node = device.NumaNode.IsKnown ? model.Memory.AllNodes.FirstOrDefault(item => item.Id == device.NumaNode.Value) : null;
        return node?.Cpus.Or(CpuSet.Empty)!.Members.Where(cpus.Contains).Cast<int?>().FirstOrDefault() ?? (cpus.Count > 0 ? cpus[0] : 0);
    }

    private static bool IsEdu(PciDevice device) => device.VendorId.Or(0) == 0x1234 && device.DeviceId.Or(0) == 0x11e8;

    private static bool IsNvme(PciDevice device) => device.Class == 0x0108;

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One leg.</summary>
/// <param name="Variant">Its setting in words, the variant of its runs.</param>
/// <param name="Contents">What lies between its two readings of the clock.</param>
/// <param name="Factor">The workload with its parameters and what must hold around it; both settings are the same one.</param>
public sealed record WaterfallLeg(string Variant, string Contents, Factor Factor);
