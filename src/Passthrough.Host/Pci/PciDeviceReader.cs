using System.Globalization;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Pci;

/// <summary>Reads one function. Asks nothing that triggers hardware: never rom, vpd, reset or resourceN.</summary>
internal sealed class PciDeviceReader(IEvidence evidence)
{
    // The module is the driver's, not the function's: a thousand virtual functions share one answer.
    private readonly Dictionary<string, Reading<string>> _modules = new(StringComparer.Ordinal);

    // So are the CPUs of a node.
    private readonly Dictionary<string, CpuSet> _cpus = new(StringComparer.Ordinal);

    /// <summary>Reads the function in this folder. <paramref name="parent"/> is the function above, as the folder's place tells it.</summary>
    public PciDevice Read(PciAddress address, string path, PciAddress? parent)
    {
        var folder = new PciFolder(evidence, path);
        PciUevent uevent = PciUevent.Parse(folder.PathOf("uevent"), folder.ReadRaw("uevent"));

        Reading<string> runtime = folder.ReadText("power/runtime_status");
        Reading<PciConfigSpace> config = ReadConfig(folder);
        PciIdentity identity = PciIdentity.Read(folder, uevent, config);
        Reading<string> driver = ReadDriver(folder, uevent);
        return new PciDevice
        {
            Address = address,
            Path = path,
            VendorId = identity.Vendor,
            DeviceId = identity.Device,
            SubsystemVendorId = identity.SubsystemVendor,
            SubsystemDeviceId = identity.SubsystemDevice,
            ClassCode = identity.ClassCode,
            Revision = identity.Revision,
            Driver = driver,
            DriverOverride = ReadOverride(folder),
            DriverModule = ReadModule(driver),
            HasVfioFolder = folder.Exists("vfio-dev"),
            IommuGroup = ReadGroup(folder),
            IommuUnit = folder.ReadLinkName("iommu"),
            NumaNode = folder.ReadNumber("numa_node"),
            LocalCpus = folder.Read<CpuSet>("local_cpulist", TryCpus),
            Parent = parent,
            Config = config,
            Capabilities = config.IsKnown ? PciConfigParser.Parse(config.Value!) : PciCapabilities.Unknown,
            ResetMethods = folder.Read("reset_method", static (string text, out IReadOnlyList<string> methods) =>
            {
                methods = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                return true;
            }),
            HasReset = folder.Exists("reset"),
            Link = ReadLink(folder),
            Sriov = ReadSriov(folder),
            Bars = folder.Read("resource", static (string text, out IReadOnlyList<PciBar> bars) => PciResourceParser.TryParse(text, out bars)),
            PowerState = folder.ReadText("power_state"),
            RuntimeStatus = runtime,
            D3coldAllowed = folder.ReadFlag("d3cold_allowed"),
            BootVga = folder.ReadFlag("boot_vga"),
            MsiIrqs = folder.List("msi_irqs"),
            Errors = ReadErrors(folder, identity.ClassCode),
            HasMediatedTypes = folder.Exists("mdev_supported_types"),
        };
    }

    private bool TryCpus(string text, out CpuSet set)
    {
        if (_cpus.TryGetValue(text, out CpuSet? known))
        {
            set = known;
            return true;
        }

        bool isParsed = CpuSet.TryParse(text, out set);
        if (isParsed)
        {
            _cpus.Add(text, set);
        }

        return isParsed;
    }

    // The live source withholds the answer where reading would wake the function or the bridge above it. It reads the capabilities alone;
    // where this was not asked of the machine, the file is at hand.
    private Reading<PciConfigSpace> ReadConfig(PciFolder folder)
    {
        string path = folder.PathOf("config");
        if (folder.IsListed("config") && evidence.Ask(Question.Query(Queries.PciConfigPrefix + path)) is { Outcome: not (Outcome.NotRecorded or Outcome.Absent) } parts)
        {
            return !parts.IsFound ? Reading.Missing<PciConfigSpace>(parts.Outcome, path, parts.Why)
                : PciConfigWalk.Parse(parts.Text) is { } space ? Reading.Of(space, path)
                : Reading.Failed<PciConfigSpace>(path, "its recorded parts are not of the expected form");
        }

        Answer answer = folder.ReadRaw("config");
        return !answer.IsFound ? Reading.Missing<PciConfigSpace>(answer.Outcome, path, answer.Why)
            : answer.Content.IsEmpty ? Reading.Failed<PciConfigSpace>(path, "it is empty")
            : Reading.Of(new PciConfigSpace(answer.Content), path);
    }

    private static Reading<string> ReadDriver(PciFolder folder, PciUevent uevent)
    {
        Reading<string> link = folder.ReadLinkName("driver");
        return link.IsKnown ? link
            : uevent.Driver is { } name ? Reading.Of(name, uevent.Source, "DRIVER=" + name)
            : uevent.IsComplete ? Reading.Missing<string>(Outcome.Absent, uevent.Source, "uevent names no driver")
            : link;
    }

    private static Reading<string> ReadOverride(PciFolder folder)
    {
        Reading<string> text = folder.Read("driver_override", static (string text, out string value) =>
        {
            value = text;
            return true;
        });
        return text.IsKnown && text.Value is "(null)" or ""
            ? Reading.Missing<string>(Outcome.Absent, text.Source, "no override is set")
            : text;
    }

    private Reading<string> ReadModule(Reading<string> driver)
    {
        if (!driver.IsKnown)
        {
            return Reading.Missing<string>(driver.Outcome, driver.Source, driver.Why);
        }

        if (!_modules.TryGetValue(driver.Value!, out Reading<string> module))
        {
            module = evidence.ReadLinkName("/sys/bus/pci/drivers/" + driver.Value + "/module");
            _modules.Add(driver.Value!, module);
        }

        return module;
    }

    private static Reading<string> ReadGroup(PciFolder folder)
    {
        Reading<string> group = folder.ReadLinkName("iommu_group");
        return group.IsKnown && !uint.TryParse(group.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? Reading.Failed<string>(group.Source, "the link does not end in a group number", group.Excerpt)
            : group;
    }

    private static PciLink ReadLink(PciFolder folder) => new(
        folder.Read<double>("current_link_speed", PciLinkParser.TrySpeed),
        folder.Read<int>("current_link_width", PciLinkParser.TryWidth),
        folder.Read<double>("max_link_speed", PciLinkParser.TrySpeed),
        folder.Read<int>("max_link_width", PciLinkParser.TryWidth));

    // A virtual function shares its physical function's link, and bridges are not given away: both would cost many files for nothing.
    private static PciErrors ReadErrors(PciFolder folder, Reading<uint> classCode) => folder.Names.Contains("physfn") || classCode is { IsKnown: true, Value: >= 0x060000 and <= 0x06ffff }
        ? PciErrors.Unknown
        : new PciErrors(folder.Read<long>("aer_dev_correctable", TryTotal), folder.Read<long>("aer_dev_nonfatal", TryTotal), folder.Read<long>("aer_dev_fatal", TryTotal));

    /// <summary>The last line of a counter file: <c>TOTAL_ERR_COR 3</c>.</summary>
    private static bool TryTotal(string text, out long total)
    {
        total = 0;
        string? line = text.Split('\n').LastOrDefault(static line => line.StartsWith("TOTAL_ERR_", StringComparison.Ordinal));
        return line is not null && long.TryParse(line.AsSpan(line.LastIndexOf(' ') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out total);
    }

    private static PciSriov ReadSriov(PciFolder folder)
    {
        Reading<string> physical = folder.ReadLinkName("physfn");
        List<(int Index, PciAddress Address)> virtuals = [];
        foreach (string name in folder.Names)
        {
            if (name.StartsWith("virtfn", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                && PciAddress.TryParse(folder.ReadLinkName(name).Or(null), out PciAddress address))
            {
                virtuals.Add((index, address));
            }
        }

        return new PciSriov(
            folder.ReadNumber("sriov_totalvfs"),
            folder.ReadNumber("sriov_numvfs"),
            folder.ReadFlag("sriov_drivers_autoprobe"),
            PciAddress.TryParse(physical.Or(null), out PciAddress owner) ? owner : null,
            virtuals.Count == 0 ? [] : [.. virtuals.OrderBy(entry => entry.Index).Select(entry => entry.Address)]);
    }
}
