using Passthrough.Bench.Engine;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Results;
using Passthrough.Results.Claims;

namespace Passthrough.Study;

/// <summary>The factors of the built-in claims: pinning, batching, and everything at once.</summary>
public sealed partial record BeforeAfter
{
    /// <summary>NVMe reads by this process itself, through VFIO.</summary>
    private const string DirectNvme = "dma.nvme.vfio";

    private static void AddPinning(IReadOnlyList<int> cpus, List<Factor> factors, List<SkippedWorkload> skipped)
    {
        if (cpus.Count < 2)
        {
            skipped.Add(new SkippedWorkload("memory.chase (pinning)", "only one CPU is online, so a thread left to the scheduler cannot move", Pinning));
            return;
        }

        factors.Add(new Factor
        {
            Name = Pinning,
            Title = "Memory latency of a 64 MiB pointer chase: thread left to the scheduler against a pinned one, nothing else competing for the CPUs",
            Workload = "memory.chase",
            Parameters = Parameters(("sizeBytes", Number(WorkingSetBytes)), ("pages", "4k")),
            Untuned = new Setting(Parameters(("cpu", "any")), []),
            Tuned = new Setting(Parameters(("cpu", Number(cpus[0]))), []),
        });
    }

    private static void AddBatching(HostModel model, IReadOnlyList<int> cpus, WorkloadInfo? workload, List<Factor> factors, List<SkippedWorkload> skipped)
    {
        (PciDevice? device, string? why) = FreeNvme(model);
        string? reason = workload is null ? $"this version has no workload {DirectNvme}, which sets how many commands one doorbell submits"
            : Takes(workload, "device", "depth", "batch", "wait") ? why
            : $"{DirectNvme} of this version takes no device, depth, batch and wait";
        if (reason is not null)
        {
            skipped.Add(new SkippedWorkload($"{DirectNvme} (batching)", reason, Batching));
            return;
        }

        var driver = new Knob.Bind(device!.Address, "vfio-pci");
        SortedDictionary<string, string> read = Parameters(("device", device.Address.ToString()), ("depth", "32"));
        if (Takes(workload!, "blockSize"))
        {
            read["blockSize"] = "4096";
        }

        factors.Add(new Factor
        {
            Name = Batching,
            Title = "NVMe reads through VFIO, 32 in flight, polled: one command a doorbell against 16",
            Workload = DirectNvme,
            Parameters = With(read, ("wait", "poll")),

            // Bound around each run: other factors read the same controller through the kernel's driver.
            Untuned = new Setting(Parameters(("batch", "1")), [driver]),
            Tuned = new Setting(Parameters(("batch", "16")), [driver]),
        });
        string? pin = Takes(workload!, "cpu") ? "cpu" : Takes(workload!, "threadCpu") ? "threadCpu" : null;
        SortedDictionary<string, string> loose = Parameters(("batch", "1"));
        SortedDictionary<string, string> tight = Parameters(("batch", "16"));
        if (pin is not null && cpus.Count > 1)
        {
            loose[pin] = "any";
            tight[pin] = Number(cpus[0]);
        }

        factors.Add(new Factor
        {
            Name = BuiltInClaims.Together,
            Title = "NVMe reads through VFIO, 32 in flight, interrupts: nothing tuned against batching, pinning and the interrupt on the thread's CPU",
            Workload = DirectNvme,
            Parameters = With(read, ("wait", "interrupt")),
            Untuned = new Setting(loose, [driver, .. Elsewhere(cpus)]),
            Tuned = new Setting(tight, [driver, .. Here(cpus)]),
        });
    }

    /// <summary>Everything at once for the workloads that feel more than one knob.</summary>
    private static void AddTogether(PciDevice? edu, Knob.HugePages pool, bool hasPool, int local, IReadOnlyList<int> cpus, List<Factor> factors, List<SkippedWorkload> skipped)
    {
        if (cpus.Count < 2 || (!hasPool && edu is null))
        {
            skipped.Add(new SkippedWorkload("memory.chase (all)", cpus.Count < 2
                ? "only one CPU is online, so there is neither pinning nor another CPU to interrupt"
                : "this kernel offers no pool of 2 MiB pages and no interrupt can be raised on demand, so there is nothing to combine with pinning", BuiltInClaims.Together));
            return;
        }

        if (hasPool)
        {
            factors.Add(new Factor
            {
                Name = BuiltInClaims.Together,
                Title = "Memory latency of a 64 MiB pointer chase: nothing tuned against huge pages and pinning",
                Workload = "memory.chase",
                Parameters = Parameters(("sizeBytes", Number(WorkingSetBytes))),
                Standing = [pool],
                Untuned = new Setting(Parameters(("pages", "4k"), ("cpu", "any")), []),
                Tuned = new Setting(Parameters(("pages", "2m"), ("cpu", Number(cpus[0]))), []),
            });
        }

        if (edu is not null)
        {
            factors.Add(new Factor
            {
                Name = BuiltInClaims.Together,
                Title = "Device interrupt to thread: nothing tuned against pinning and the interrupt on the thread's CPU",
                Workload = "irq.edu.msi",
                Parameters = Parameters(("device", edu.Address.ToString()), ("wait", "block")),
                Standing = [new Knob.Bind(edu.Address, "vfio-pci")],
                Untuned = new Setting(Parameters(("threadCpu", "any")), [new Knob.InterruptCpu(cpus.First(cpu => cpu != local))]),
                Tuned = new Setting(Parameters(("threadCpu", Number(local))), [new Knob.InterruptCpu(local)]),
            });
        }
    }

    // Managed interrupts of the kernel's own driver cannot be moved; those of VFIO can.
    private static IEnumerable<Knob> Elsewhere(IReadOnlyList<int> cpus) => cpus.Count > 1 ? [new Knob.InterruptCpu(cpus[^1])] : [];

    private static IEnumerable<Knob> Here(IReadOnlyList<int> cpus) => cpus.Count > 1 ? [new Knob.InterruptCpu(cpus[0])] : [];

    private static (PciDevice? Device, string? Why) FreeNvme(HostModel model)
    {
        PciDevice[] controllers = [.. model.Pci.All.Where(device => device.Class == 0x0108 && device.IommuGroup.IsKnown)];
        PciDevice? free = controllers.FirstOrDefault(device => !model.Usage.Uses.TryGetValue(device.Address, out IReadOnlyList<string>? uses) || uses.Count == 0);
        return free is not null ? (free, null)
            : (null, controllers.Length == 0 ? "no NVMe controller in an IOMMU group" : "every NVMe controller is in use by this host and is not taken away from it");
    }

    private static bool Takes(WorkloadInfo workload, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (workload.Parameters.All(parameter => parameter.Name != name))
            {
                return false;
            }
        }

        return true;
    }

    private static SortedDictionary<string, string> With(SortedDictionary<string, string> parameters, (string Name, string Value) more) =>
        new(parameters, StringComparer.Ordinal) { [more.Name] = more.Value };
}
