using Passthrough.Diagnosis;
using Passthrough.Host.Acpi;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Iommu;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

/// <summary>Short ways to change the blank machine and to run one check on it.</summary>
internal static class DeviceCase
{
    /// <summary>The day of judging in these tests.</summary>
    public static readonly DateOnly Today = new(2026, 1, 15);

    /// <summary>Findings of a check for these candidates.</summary>
    public static IReadOnlyList<Finding> Run(Check check, HostModel model, params string[] candidates) =>
        Run(check, model, null, candidates);

    /// <summary>Findings of a check for a profile and candidates.</summary>
    public static IReadOnlyList<Finding> Run(Check check, HostModel model, Profile? profile, params string[] candidates)
    {
        PciDevice[] devices = [.. candidates.Select(text => model.Pci.Find(Address(text)) ?? throw new ArgumentException(text))];
        return [.. check.Examine(new Subjects(model, devices, profile, Today))];
    }

    /// <summary>The only finding of a check.</summary>
    public static Finding One(Check check, HostModel model, params string[] candidates) => Assert.Single(Run(check, model, candidates));

    /// <summary>An address from its text.</summary>
    public static PciAddress Address(string text) => PciAddress.TryParse(text, out PciAddress address) ? address : throw new ArgumentException(text);

    /// <summary>A function with a driver (null: none is bound), class and group.</summary>
    public static PciDevice Device(string address, string? driver = null, uint classCode = 0x010802, string? group = null) =>
        Models.Device(address) with
        {
            VendorId = Models.Known<ushort>(0x1b36),
            DeviceId = Models.Known<ushort>(0x0010),
            ClassCode = Models.Known(classCode),
            Driver = driver is null ? Models.Absent<string>() : Models.Known(driver, $"/sys/bus/pci/devices/{address}/driver"),
            DriverOverride = Models.Absent<string>(),
            HasVfioFolder = Models.Known(driver?.Contains("vfio", StringComparison.Ordinal) == true),
            IommuGroup = group is null ? Models.Absent<string>($"/sys/bus/pci/devices/{address}/iommu_group") : Models.Known(group),
        };

    /// <summary>With these functions, and a group for each group number they name, and no guest unless the model has one.</summary>
    public static HostModel With(this HostModel model, params PciDevice[] devices) => model with
    {
        Guests = model.Guests.All.Count > 0 ? model.Guests : GuestCase.None,
        Pci = new PciInventory { Devices = Models.Known<IReadOnlyList<PciDevice>>(devices, "/sys/bus/pci/devices") },
        Iommu = model.Iommu with
        {
            Groups = [.. devices.Where(device => device.IommuGroup.IsKnown).GroupBy(device => device.IommuGroup.Value!)
                .Select(group => Models.Group(group.Key, [.. group.Select(device => device.Address.ToString())]))],
        },
    };

    /// <summary>With these units registered.</summary>
    public static HostModel WithUnits(this HostModel model, params IommuUnit[] units) => model with
    {
        Iommu = model.Iommu with { Units = Models.Known<IReadOnlyList<IommuUnit>>(units, "/sys/class/iommu") },
    };

    /// <summary>A unit with its registers.</summary>
    public static IommuUnit Unit(string name, ulong? cap = null, ulong? ecap = null) => new(name,
        name.StartsWith("dmar", StringComparison.Ordinal) ? IommuVendor.Intel
            : name.StartsWith("ivhd", StringComparison.Ordinal) ? IommuVendor.Amd
            : name.StartsWith("virtio", StringComparison.Ordinal) ? IommuVendor.Virtio : IommuVendor.Unknown,
        cap is { } low ? Models.Known(low) : Models.None<ulong>(), ecap is { } high ? Models.Known(high) : Models.None<ulong>(),
        Models.None<string>(), Models.None<IReadOnlyList<string>>());

    /// <summary>With these groups, and their folder listed.</summary>
    public static HostModel WithGroups(this HostModel model, params IommuGroup[] groups) => model with
    {
        Iommu = model.Iommu with
        {
            Groups = groups,
            GroupFolder = Models.Known<IReadOnlyList<string>>([.. groups.Select(group => group.Id)], "/sys/kernel/iommu_groups"),
        },
    };

    /// <summary>A group that VFIO made up.</summary>
    public static IommuGroup NoIommu(string id, params string[] addresses) =>
        Models.Group(id, addresses) with { Name = Models.Known("vfio-noiommu", $"/sys/kernel/iommu_groups/{id}/name") };

    /// <summary>With a kernel log of these events.</summary>
    public static HostModel WithLog(this HostModel model, bool reachesBoot, bool suppressed, params LogEvent[] events) => model with
    {
        Log = new KernelLog
        {
            Content = Reading.Of(new ClassifiedLog
            {
                Lines = 1000,
                Events = events,
                ReachesBoot = reachesBoot,
                FaultsSuppressed = suppressed,
                Drhd = [],
                Rmrr = [],
                AmdUnits = [],
                Groups = new Dictionary<string, IReadOnlyList<PciAddress>>(),
            }, "/dev/kmsg"),
        },
    };

    /// <summary>With a log from the boot on.</summary>
    public static HostModel WithLog(this HostModel model, params LogEvent[] events) => model.WithLog(true, false, events);

    /// <summary>One event.</summary>
    public static LogEvent Event(LogEventKind kind, string text, string? device = null, string? reason = null) => new()
    {
        Line = 77,
        Kind = kind,
        Text = text,
        Device = device is null ? null : Address(device),
        Reason = reason,
        Meaning = "what it means.",
    };

    /// <summary>With an interrupt table of these rows: chip and action.</summary>
    public static HostModel WithInterrupts(this HostModel model, params InterruptLine[] lines) => model with
    {
        Interrupts = model.Interrupts with
        {
            Table = Reading.Of(new InterruptTable([0, 1], lines, new Dictionary<string, long>()), "/proc/interrupts"),
        },
    };

    /// <summary>One row.</summary>
    public static InterruptLine Line(string irq, string chip, string action, string? device = null, string? cpus = null) => new()
    {
        Irq = irq,
        Chip = chip,
        Action = action,
        Counts = [1, 2],
        Line = 9,
        Device = device is null ? null : Address(device),
        Affinity = Models.None<CpuSet>($"/proc/irq/{irq}/smp_affinity_list"),
        EffectiveAffinity = cpus is null ? Models.None<CpuSet>() : Models.Known(Cpus(cpus), $"/proc/irq/{irq}/effective_affinity_list"),
        Node = Models.None<long>(),
    };

    /// <summary>A CPU list.</summary>
    public static CpuSet Cpus(string text) => CpuSet.TryParse(text, out CpuSet set) ? set : throw new ArgumentException(text);

    /// <summary>With this command line.</summary>
    public static HostModel WithCommandLine(this HostModel model, string text) => model with
    {
        Kernel = model.Kernel with
        {
            CommandLine = Models.Known(new KernelCommandLine(text, [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Token)]), "/proc/cmdline"),
        },
    };

    /// <summary>With these configuration values (without CONFIG_).</summary>
    public static HostModel WithConfig(this HostModel model, params string[] set) => model with
    {
        Kernel = model.Kernel with
        {
            Config = new KernelConfig(Reading.Of<IReadOnlyDictionary<string, string>>(
                set.ToDictionary(name => "CONFIG_" + name, _ => "y"), "/boot/config")),
        },
    };

    /// <summary>With a module parameter.</summary>
    public static HostModel WithParameter(this HostModel model, string key, string? value) => model with
    {
        Kernel = model.Kernel with
        {
            Modules = model.Kernel.Modules with
            {
                Parameters = new Dictionary<string, Reading<string>>(model.Kernel.Modules.Parameters)
                {
                    [key] = value is null ? Models.Absent<string>("/sys/module/" + key) : Models.Known(value, "/sys/module/" + key),
                },
            },
        },
    };

    /// <summary>With a modprobe.d file.</summary>
    public static HostModel WithModprobe(this HostModel model, params string[] lines) => model with
    {
        Kernel = model.Kernel with
        {
            ModuleConfiguration = [new ConfigurationFile("/etc/modprobe.d/vfio.conf", Models.Known<IReadOnlyList<string>>(lines))],
        },
    };

    /// <summary>With these names in the ACPI folder.</summary>
    public static HostModel WithTables(this HostModel model, params string[] names) => model with
    {
        Acpi = new AcpiTables
        {
            Names = Models.Known<IReadOnlyList<string>>(names, "/sys/firmware/acpi/tables"),
            Dmar = Models.None<DmarTable>(),
            Ivrs = Models.None<IvrsTable>(),
        },
    };

    /// <summary>With a CPU of this vendor_id and these flags.</summary>
    public static HostModel WithCpu(this HostModel model, string vendor, params string[] flags) => model with
    {
        Cpu = model.Cpu with
        {
            VendorId = Models.Known(vendor, "/proc/cpuinfo"),
            Flags = Reading.Of<IReadOnlySet<string>>(flags.ToHashSet(), "/proc/cpuinfo"),
        },
    };

    /// <summary>With this many nodes of two CPUs each: node 0 has CPUs 0-1, node 1 has 2-3.</summary>
    public static HostModel WithNodes(this HostModel model, int count, params (int Node, long SizeBytes, long Total, long Free)[] pools) => model with
    {
        Memory = model.Memory with
        {
            Nodes = Models.Known<IReadOnlyList<NumaNode>>([.. Enumerable.Range(0, count).Select(id => new NumaNode
            {
                Id = id,
                Cpus = Models.Known(CpuSet.Of([2 * id, (2 * id) + 1])),
                MemoryBytes = Models.Known(8L << 30),
                FreeBytes = Models.Known(4L << 30),
                Distances = Models.None<IReadOnlyList<int>>(),
                HugePages = Models.Known<IReadOnlyList<HugePagePool>>([.. pools.Where(pool => pool.Node == id)
                    .Select(pool => new HugePagePool(pool.SizeBytes, Models.Known(pool.Total), Models.Known(pool.Free), Models.Known(0L)))]),
            })], "/sys/devices/system/node"),
        },
    };

    private static CommandLineToken Token(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? new CommandLineToken(text, text, null) : new CommandLineToken(text, text[..equals], text[(equals + 1)..]);
    }
}
