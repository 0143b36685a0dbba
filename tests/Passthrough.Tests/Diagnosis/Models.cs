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
using Passthrough.Host.Usage;

namespace Passthrough.Tests.Diagnosis;

/// <summary>Models for tests of checks: a blank machine of which nothing is known, changed with <c>with</c>.</summary>
internal static class Models
{
    /// <summary>A machine of which nothing was recorded: every check must be Unknown or NotApplicable, never healthy.</summary>
    public static HostModel Blank => new()
    {
        Source = SourceKind.Bundle,
        Cpu = new CpuInfo
        {
            VendorId = None<string>(),
            ModelName = None<string>(),
            Flags = None<IReadOnlySet<string>>(),
            Microcode = None<string>(),
            Processors = None<int>(),
            Online = None<CpuSet>(),
            Isolated = None<CpuSet>(),
            NohzFull = None<CpuSet>(),
            SmtActive = None<bool>(),
            Cpus = [],
            Clocksource = None<string>(),
            PstateStatus = None<string>(),
        },
        Memory = new MemoryInfo
        {
            TotalBytes = None<long>(),
            AvailableBytes = None<long>(),
            DefaultHugePageBytes = None<long>(),
            Nodes = None<IReadOnlyList<NumaNode>>(),
            HugePages = None<IReadOnlyList<HugePagePool>>(),
            TransparentHugePages = None<string>(),
            NumaBalancing = None<long>(),
            HugetlbfsMounts = None<IReadOnlyList<string>>(),
        },
        Kernel = new KernelInfo
        {
            Release = None<string>(),
            CommandLine = None<KernelCommandLine>(),
            Config = new KernelConfig(None<IReadOnlyDictionary<string, string>>()),
            Modules = new ModuleState
            {
                Loaded = None<IReadOnlySet<string>>(),
                BuiltIn = None<IReadOnlySet<string>>(),
                Loadable = None<IReadOnlySet<string>>(),
                InSysfs = new HashSet<string>(),
                Parameters = new Dictionary<string, Reading<string>>(),
            },
            ModuleConfiguration = [],
            BootLoader = [],
            Tainted = None<long>(),
            Lockdown = None<string>(),
            DmesgRestrict = None<bool>(),
        },
        Acpi = new AcpiTables { Names = None<IReadOnlyList<string>>(), Dmar = None<DmarTable>(), Ivrs = None<IvrsTable>() },
        Dmi = new DmiInfo(None<string>(), None<string>(), None<string>(), None<string>(), None<string>(), None<string>(), None<string>()),
        BootedByUefi = None<bool>(),
        HypervisorType = None<string>(),
        Pci = new PciInventory { Devices = None<IReadOnlyList<PciDevice>>() },
        Iommu = new IommuState { Units = None<IReadOnlyList<IommuUnit>>(), GroupFolder = None<IReadOnlyList<string>>(), Groups = [] },
        Interrupts = new InterruptState
        {
            Table = None<InterruptTable>(),
            DefaultAffinity = None<CpuSet>(),
            ReceiveQueues = [],
            IrqBalanceRunning = None<bool>(),
        },
        Log = new KernelLog { Content = None<ClassifiedLog>() },
        Vfio = new VfioState
        {
            Nodes = None<IReadOnlyList<string>>(),
            ContainerMode = None<int>(),
            ContainerType1 = None<bool>(),
            IommufdMode = None<int>(),
            Cdevs = None<IReadOnlyList<string>>(),
            GroupNodeModes = new Dictionary<string, Reading<int>>(),
        },
        Kvm = new KvmState(None<int>(), None<int>()),
        Limits = new MemoryLockLimits(None<long>(), None<long>(), [], None<IReadOnlyList<(int, long)>>()),
        Usage = new HostUsage { Uses = new Dictionary<PciAddress, IReadOnlyList<string>>(), Holders = None<IReadOnlyList<VfioHolder>>() },
        Privilege = new Privilege
        {
            EffectiveCapabilities = None<ulong>(),
            EffectiveUser = None<int>(),
            InitialUserNamespace = None<bool>(),
            ContainerSigns = None<IReadOnlyList<string>>(),
        },
        Gaps = [],
        IsVirtualMachine = null,
    };

    /// <summary>A reading that was never recorded.</summary>
    public static Reading<T> None<T>(string source = "/not/recorded") => Reading.Missing<T>(Outcome.NotRecorded, source);

    /// <summary>A path that does not exist.</summary>
    public static Reading<T> Absent<T>(string source = "/absent") => Reading.Missing<T>(Outcome.Absent, source);

    /// <summary>A known value.</summary>
    public static Reading<T> Known<T>(T value, string source = "/known") => Reading.Of(value, source, value?.ToString());

    /// <summary>A function of which only the address is known.</summary>
    public static PciDevice Device(string address)
    {
        PciAddress parsed = PciAddress.TryParse(address, out PciAddress value) ? value : throw new ArgumentException(address);
        return new PciDevice
        {
            Address = parsed,
            Path = "/sys/bus/pci/devices/" + parsed,
            VendorId = None<ushort>(),
            DeviceId = None<ushort>(),
            SubsystemVendorId = None<ushort>(),
            SubsystemDeviceId = None<ushort>(),
            ClassCode = None<uint>(),
            Revision = None<byte>(),
            Driver = None<string>(),
            DriverOverride = None<string>(),
            DriverModule = None<string>(),
            HasVfioFolder = None<bool>(),
            IommuGroup = None<string>(),
            IommuUnit = None<string>(),
            NumaNode = None<long>(),
            LocalCpus = None<CpuSet>(),
            Config = None<PciConfigSpace>(),
            Capabilities = PciCapabilities.Unknown,
            ResetMethods = None<IReadOnlyList<string>>(),
            HasReset = None<bool>(),
            Link = new PciLink(None<double>(), None<int>(), None<double>(), None<int>()),
            Sriov = new PciSriov(None<long>(), None<long>(), None<bool>(), null, []),
            Bars = None<IReadOnlyList<PciBar>>(),
            PowerState = None<string>(),
            RuntimeStatus = None<string>(),
            D3coldAllowed = None<bool>(),
            BootVga = None<bool>(),
            MsiIrqs = None<IReadOnlyList<string>>(),
        };
    }

    /// <summary>A group with these members.</summary>
    public static IommuGroup Group(string id, params string[] addresses) => new()
    {
        Id = id,
        Name = Absent<string>($"/sys/kernel/iommu_groups/{id}/name"),
        Type = None<string>(),
        Devices = [.. addresses.Select(text => PciAddress.TryParse(text, out PciAddress parsed) ? parsed : default)],
        OtherMembers = [],
        ReservedRegions = None<IReadOnlyList<ReservedRegion>>(),
    };
}
