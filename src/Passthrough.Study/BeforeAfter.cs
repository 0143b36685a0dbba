using System.Globalization;
using Passthrough.Host.Cpu;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Results;

namespace Passthrough.Study;

/// <summary>The before-and-after factors that a machine offers, and why the others are not offered. Pure.</summary>
public sealed partial record BeforeAfter(IReadOnlyList<Factor> Factors, IReadOnlyList<SkippedWorkload> Skipped)
{
    private const long HugePageBytes = 2L << 20;
    private const string HugePages = "hugepages";
    private const string InterruptCpu = "irqCpu";
    private const string Pinning = "pinning";
    private const string Batching = "batching";

    /// <summary>Bytes mapped and chased in each run.</summary>
    private const long WorkingSetBytes = 64L << 20;

    /// <summary>What this machine offers.</summary>
    public static BeforeAfter For(HostModel model)
    {
        var factors = new List<Factor>();
        var skipped = new List<SkippedWorkload>();
        PciDevice? edu = model.Pci.All.FirstOrDefault(device => device.VendorId.Or(0) == 0x1234 && device.DeviceId.Or(0) == 0x11e8
            && device.IommuGroup.IsKnown);
        PciDevice? nvme = model.Pci.All.FirstOrDefault(device => device.Class == 0x0108 && device.Driver.Or(null) == "nvme");
        IReadOnlyList<int> cpus = model.Cpu.Online.Or(CpuSet.Empty)!.Members;
        AddPages(model, edu, cpus, factors, skipped);
        AddInterrupt(model, edu, cpus, factors, skipped);
        AddNode(model, factors, skipped);
        AddDomain(model, nvme, factors, skipped);
        AddPinning(cpus, factors, skipped);
        AddBatching(model, cpus, Bench.Workloads.WorkloadCatalog.Find(DirectNvme), factors, skipped);
        AddTogether(edu, _pool, HasPool(model), LocalCpu(model, edu, cpus), cpus, factors, skipped);
        return new BeforeAfter(factors, skipped);
    }

    // One working set and a little for what the runtime may take; each run frees its pages before the next.
    private static readonly Knob.HugePages _pool = new(HugePageBytes, (WorkingSetBytes / HugePageBytes) + 2, null);

    private static bool HasPool(HostModel model) =>
        model.Memory.HugePages.IsKnown && model.Memory.HugePages.Value!.Any(pool => pool.SizeBytes == HugePageBytes);

    private static int LocalCpu(HostModel model, PciDevice? device, IReadOnlyList<int> cpus) =>
        device is not null && NodeOf(model, device) is { } node && node.Cpus.Or(CpuSet.Empty)!.Members is [int first, ..] ? first
        : cpus.Count > 0 ? cpus[0] : 0;

    private static void AddPages(HostModel model, PciDevice? edu, IReadOnlyList<int> cpus, List<Factor> factors, List<SkippedWorkload> skipped)
    {
        if (!HasPool(model))
        {
            skipped.Add(new SkippedWorkload("memory.chase", "this kernel offers no pool of 2 MiB pages, so 4 KiB and 2 MiB pages cannot be compared", HugePages));
            return;
        }

        var fourK = new Setting(Parameters(("pages", "4k")), []);
        var twoM = new Setting(Parameters(("pages", "2m")), []);
        factors.Add(new Factor
        {
            Name = HugePages,
            Title = "Memory latency of a 64 MiB pointer chase: 4 KiB pages against 2 MiB pages",
            Workload = "memory.chase",
            Parameters = Parameters(("sizeBytes", Number(WorkingSetBytes)), ("cpu", Number(cpus.Count > 0 ? cpus[0] : 0))),
            Standing = [_pool],
            Untuned = fourK,
            Tuned = twoM,
        });
        if (edu is null)
        {
            skipped.Add(new SkippedWorkload("vfio.dma.map", "no function that may be given to vfio-pci for a map test (the lab's guests have QEMU's edu device)", HugePages));
            return;
        }

        factors.Add(new Factor
        {
            Name = HugePages,
            Title = "VFIO map of 64 MiB for DMA: 4 KiB pages against 2 MiB pages",
            Workload = "vfio.dma.map",
            Parameters = Parameters(("device", edu.Address.ToString()), ("operation", "map"), ("sizeBytes", Number(WorkingSetBytes))),
            Standing = [_pool, new Knob.Bind(edu.Address, "vfio-pci")],
            Untuned = fourK,
            Tuned = twoM,
        });
    }

    private static void AddInterrupt(HostModel model, PciDevice? edu, IReadOnlyList<int> cpus, List<Factor> factors, List<SkippedWorkload> skipped)
    {
        if (edu is null || cpus.Count < 2)
        {
            skipped.Add(new SkippedWorkload("irq.edu.msi", edu is null
                ? "no device whose interrupt can be raised on demand (QEMU's edu device, 1234:11e8, in an IOMMU group)"
                : "only one CPU is online, so there is no other CPU to interrupt", InterruptCpu));
            return;
        }

        int local = LocalCpu(model, edu, cpus);
        int other = cpus.First(cpu => cpu != local);
        factors.Add(new Factor
        {
            Name = InterruptCpu,
            Title = "Device interrupt to thread: interrupt on another CPU against the thread's own CPU",
            Workload = "irq.edu.msi",
            Parameters = Parameters(("device", edu.Address.ToString()), ("threadCpu", Number(local)), ("wait", "block")),
            Standing = [new Knob.Bind(edu.Address, "vfio-pci")],
            Untuned = new Setting(Parameters(), [new Knob.InterruptCpu(other)]),
            Tuned = new Setting(Parameters(), [new Knob.InterruptCpu(local)]),
        });
    }

    private static void AddNode(HostModel model, List<Factor> factors, List<SkippedWorkload> skipped)
    {
        List<NumaNode> nodes = [.. model.Memory.AllNodes.Where(node => node.MemoryBytes.Or(0) > 0)];
        NumaNode? local = nodes.FirstOrDefault(node => node.Cpus.Or(CpuSet.Empty)!.Count > 0);
        NumaNode? remote = nodes.LastOrDefault(node => node != local);
        if (local is null || remote is null)
        {
            skipped.Add(new SkippedWorkload("memory.chase (node)", "this machine shows one NUMA node, so local and remote memory cannot be compared", "node"));
            return;
        }

        factors.Add(new Factor
        {
            Name = "node",
            Title = "Memory latency of a 64 MiB pointer chase: memory of the remote node against the CPU's own node",
            Workload = "memory.chase",
            Parameters = Parameters(("sizeBytes", Number(WorkingSetBytes)), ("pages", "4k"), ("cpu", Number(local.Cpus.Value!.Members[0]))),
            Untuned = new Setting(Parameters(("node", Number(remote.Id))), []),
            Tuned = new Setting(Parameters(("node", Number(local.Id))), []),
        });
    }

    private static void AddDomain(HostModel model, PciDevice? nvme, List<Factor> factors, List<SkippedWorkload> skipped)
    {
        string? type = nvme is null ? null : model.Iommu.GroupOf(nvme.Address)?.Type.Or(null);
        if (nvme is null || type is null)
        {
            skipped.Add(new SkippedWorkload("dma.nvme.read", nvme is null
                ? "no NVMe controller on the nvme driver"
                : $"{nvme.Address} is in no IOMMU group whose default domain can be changed"));
            return;
        }

        if (model.Usage.Uses.TryGetValue(nvme.Address, out IReadOnlyList<string>? uses) && uses.Count > 0)
        {
            skipped.Add(new SkippedWorkload("dma.nvme.read", $"{nvme.Address} is in use by this host ({string.Join(", ", uses)}) and is not rebound"));
            return;
        }

        var strict = new Setting(Parameters(), [new Knob.GroupType(nvme.Address, "DMA")]);
        SortedDictionary<string, string> read = Parameters(("device", nvme.Address.ToString()), ("blockSize", "4096"), ("depth", "16"), ("pattern", "random"));
        if (LazyIsPossible(model))
        {
            factors.Add(new Factor
            {
                Name = "lazyDomain",
                Title = "NVMe random reads, 4 KiB, depth 16: strict against lazy IOTLB invalidation",
                Workload = "dma.nvme.read",
                Parameters = read,
                Untuned = strict,
                Tuned = new Setting(Parameters(), [new Knob.GroupType(nvme.Address, "DMA-FQ")]),
            });
        }
        else
        {
            skipped.Add(new SkippedWorkload("dma.nvme.read (lazy)", "AMD's driver keeps strict mode in a virtual machine, so lazy invalidation cannot be had here"));
        }

        factors.Add(new Factor
        {
            Name = "identityDomain",
            Title = "NVMe random reads, 4 KiB, depth 16: strict translation against an identity domain",
            Workload = "dma.nvme.read",
            Parameters = read,
            Untuned = strict,
            Tuned = new Setting(Parameters(), [new Knob.GroupType(nvme.Address, "identity")]),
        });
    }

    private static bool LazyIsPossible(HostModel model) =>
        model.IsVirtualMachine != true || model.Iommu.Units.Or([])!.All(unit => unit.Vendor != Host.Iommu.IommuVendor.Amd);

    private static NumaNode? NodeOf(HostModel model, PciDevice device) =>
        device.NumaNode.IsKnown ? model.Memory.AllNodes.FirstOrDefault(node => node.Id == device.NumaNode.Value) : null;

    private static SortedDictionary<string, string> Parameters(params ReadOnlySpan<(string Name, string Value)> items)
    {
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in items)
        {
            parameters[name] = value;
        }

        return parameters;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
