using Passthrough.Diagnosis;
using Passthrough.Host.Acpi;
using Passthrough.Host.Evidence;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Iommu;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis;

/// <summary>Steps that turn the blank machine into the one a test speaks of.</summary>
internal static class PlatformModels
{
    public static readonly DateOnly Today = new(2025, 3, 1);

    public static Subjects Subjects(this HostModel model, params PciDevice[] candidates) => new(model, candidates, null, Today);

    public static Finding[] Run(this Check check, HostModel model, params PciDevice[] candidates) => [.. check.Examine(model.Subjects(candidates))];

    public static Finding Single(this Check check, HostModel model, params PciDevice[] candidates) => Assert.Single(check.Run(model, candidates));

    public static AuditResult Judge(this HostModel model, params string[] devices) => Auditor.Judge(model, new AuditOptions
    {
        Today = Today,
        Devices = [.. devices.Select(text => PciAddress.TryParse(text, out PciAddress address) ? address : throw new ArgumentException(text))],
    });

    public static HostModel Cpu(this HostModel model, string vendor, params string[] flags) => model with
    {
        Cpu = model.Cpu with
        {
            VendorId = Models.Known(vendor, "/proc/cpuinfo"),
            Flags = Reading.Of<IReadOnlySet<string>>(flags.Append("tsc").Append("cx8").ToHashSet(), "/proc/cpuinfo"),
        },
    };

    public static HostModel Virtual(this HostModel model, bool isVirtual = true) => model with { IsVirtualMachine = isVirtual };

    public static HostModel Tables(this HostModel model, params string[] names) => model with
    {
        Acpi = model.Acpi with { Names = Reading.Of<IReadOnlyList<string>>(names, "/sys/firmware/acpi/tables") },
    };

    public static HostModel CommandLine(this HostModel model, string text) => model with
    {
        Kernel = model.Kernel with
        {
            CommandLine = Reading.Of(new KernelCommandLine(text, [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Token)]), "/proc/cmdline", text),
        },
    };

    public static HostModel Config(this HostModel model, params string[] lines) => model with
    {
        Kernel = model.Kernel with
        {
            Config = new KernelConfig(Reading.Of<IReadOnlyDictionary<string, string>>(
                lines.Select(line => line.Split('=')).ToDictionary(pair => "CONFIG_" + pair[0], pair => pair[1]), "/boot/config-6.12")),
        },
    };

    public static HostModel Units(this HostModel model, params IommuUnit[] units) => model with
    {
        Iommu = model.Iommu with { Units = Reading.Of<IReadOnlyList<IommuUnit>>(units, "/sys/class/iommu") },
    };

    public static HostModel Groups(this HostModel model, params IommuGroup[] groups) => model with
    {
        Iommu = model.Iommu with
        {
            Groups = groups,
            GroupFolder = Reading.Of<IReadOnlyList<string>>([.. groups.Select(group => group.Id)], "/sys/kernel/iommu_groups"),
        },
    };

    public static IommuUnit Dmar(string name = "dmar0", ulong ecap = 0xf00f4a) => new(name, IommuVendor.Intel,
        Models.Known(0xd2008c22260286UL, $"/sys/class/iommu/{name}/intel-iommu/cap"), Models.Known(ecap, $"/sys/class/iommu/{name}/intel-iommu/ecap"),
        Models.None<string>(), Models.None<IReadOnlyList<string>>());

    public static IommuUnit Ivhd(string name = "ivhd0") => new(name, IommuVendor.Amd, Models.Absent<ulong>(),
        Models.Known(0x29d3UL, $"/sys/class/iommu/{name}/amd-iommu/features"), Models.None<string>(), Models.None<IReadOnlyList<string>>());

    public static HostModel Log(this HostModel model, bool complete, params (LogEventKind Kind, string Text)[] lines) => model with
    {
        Log = new KernelLog
        {
            Content = Reading.Of(new ClassifiedLog
            {
                Lines = lines.Length,
                Events = [.. lines.Select((line, index) => new LogEvent { Line = index + 1, Kind = line.Kind, Text = line.Text, Meaning = "test" })],
                ReachesBoot = complete,
                FaultsSuppressed = false,
                Drhd = [],
                Rmrr = [],
                AmdUnits = [],
                Groups = new Dictionary<string, IReadOnlyList<PciAddress>>(),
            }, "/dev/kmsg"),
        },
    };

    public static HostModel Interrupts(this HostModel model, params string[] chips) => model with
    {
        Interrupts = model.Interrupts with
        {
            Table = Reading.Of(new InterruptTable([0], [.. chips.Select((chip, index) => new InterruptLine
            {
                Irq = (index + 24).ToString(System.Globalization.CultureInfo.InvariantCulture),
                Chip = chip,
                Action = "test",
                Counts = [1],
                Line = index + 2,
                Affinity = Models.None<Passthrough.Host.Cpu.CpuSet>(),
                EffectiveAffinity = Models.None<Passthrough.Host.Cpu.CpuSet>(),
                Node = Models.None<long>(),
            })], new Dictionary<string, long>()), "/proc/interrupts"),
        },
    };

    public static HostModel Kvm(this HostModel model, Reading<int> api) => model with { Kvm = model.Kvm with { ApiVersion = api } };

    public static HostModel Modules(this HostModel model, string[]? loaded, string[]? builtIn, string[]? loadable) => model with
    {
        Kernel = model.Kernel with
        {
            Modules = model.Kernel.Modules with
            {
                Loaded = Set(loaded, "/proc/modules"),
                BuiltIn = Set(builtIn, "/lib/modules/6.12/modules.builtin"),
                Loadable = Set(loadable, "/lib/modules/6.12/modules.dep"),
            },
        },
    };

    public static HostModel Devices(this HostModel model, params PciDevice[] devices) => model with
    {
        Pci = new PciInventory { Devices = Reading.Of<IReadOnlyList<PciDevice>>(devices, "/sys/bus/pci/devices") },
    };

    public static HostModel Container(this HostModel model, params string[] signs) => model with
    {
        Privilege = model.Privilege with { ContainerSigns = Reading.Of<IReadOnlyList<string>>(signs, "/") },
    };

    public static HostModel Caps(this HostModel model, ulong capabilities, bool initialNamespace) => model with
    {
        Privilege = model.Privilege with
        {
            EffectiveCapabilities = Models.Known(capabilities, "/proc/self/status"),
            InitialUserNamespace = Models.Known(initialNamespace, "/proc/self/uid_map"),
        },
    };

    public static HostModel Nodes(this HostModel model, Reading<int> container, Reading<int> iommufd) => model with
    {
        Vfio = model.Vfio with { ContainerMode = container, IommufdMode = iommufd },
    };

    public static HostModel DmarTable(this HostModel model, byte flags, params DmarReservedRegion[] regions) => model with
    {
        Acpi = model.Acpi with
        {
            Dmar = Reading.Of(new DmarTable
            {
                Header = new AcpiHeader("DMAR", 96, 1, true, "TEST", "TEST"),
                HostAddressWidth = 39,
                Flags = flags,
                Units = [],
                ReservedRegions = regions,
                Atsr = [],
                Rhsa = [],
                Andd = [],
                Satc = [],
                Sidp = [],
                Skipped = [],
                Problems = [],
            }, "/sys/firmware/acpi/tables/DMAR"),
        },
    };

    public static HostModel IvrsTable(this HostModel model, byte[] ioApics, params IvrsMemoryBlock[] memory) => model with
    {
        Acpi = model.Acpi with
        {
            Ivrs = Reading.Of(new IvrsTable
            {
                Header = new AcpiHeader("IVRS", 96, 1, true, "TEST", "TEST"),
                IvInfo = 0,
                Hardware = [new IvrsHardwareBlock(0x10, 0, default, 0xfed80000, 1, ioApics)],
                Memory = memory,
                Skipped = [],
                Problems = [],
            }, "/sys/firmware/acpi/tables/IVRS"),
        },
    };

    /// <summary>A healthy Intel host: table, unit, groups, remapped interrupts, VFIO, KVM.</summary>
    public static HostModel HealthyIntel => Models.Blank.Cpu("GenuineIntel", "vmx").Virtual(false)
        .Kvm(Models.Known(12, "/dev/kvm")).Tables("FACP", "APIC", "DMAR").DmarTable(flags: 1)
        .Config("INTEL_IOMMU=y", "INTEL_IOMMU_DEFAULT_ON=y", "IRQ_REMAP=y", "VFIO=m", "VFIO_PCI=m", "VFIO_IOMMU_TYPE1=m", "VFIO_GROUP=y", "VFIO_CONTAINER=y")
        .CommandLine("BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet").Modules(["vfio_pci", "vfio", "vfio_iommu_type1", "kvm_intel"], ["ext4"], ["edu"])
        .Units(Dmar()).Groups(Models.Group("0", "0000:00:05.0"), Models.Group("1", "0000:00:06.0"))
        .Interrupts("IR-PCI-MSI-0000:00:05.0 0-edge", "IR-IO-APIC 2-edge")
        .Nodes(Models.Known(0x1b6, "stat:/dev/vfio/vfio"), Models.Absent<int>("stat:/dev/iommu"));

    /// <summary>The same host with VT-d not translating: the table is there, the class empty.</summary>
    public static HostModel IdleIntel => HealthyIntel.Units().Groups().Interrupts("IR-PCI-MSI-0000:00:05.0 0-edge");

    private static Reading<IReadOnlySet<string>> Set(string[]? names, string source) => names is null
        ? Models.None<IReadOnlySet<string>>(source)
        : Reading.Of<IReadOnlySet<string>>(names.ToHashSet(), source);

    private static CommandLineToken Token(string text)
    {
        int sign = text.IndexOf('=', StringComparison.Ordinal);
        return sign < 0 ? new CommandLineToken(text, text, null) : new CommandLineToken(text, text[..sign], text[(sign + 1)..]);
    }
}
