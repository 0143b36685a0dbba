using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Pci;

/// <summary>Makes functions of which little is known.</summary>
internal static class PciDevices
{
    /// <summary>A function of which only the address is known; <paramref name="source"/> is where it was named.</summary>
    public static PciDevice Unknown(PciAddress address, string source) => new()
    {
        Address = address,
        Path = source,
        VendorId = None<ushort>(source),
        DeviceId = None<ushort>(source),
        SubsystemVendorId = None<ushort>(source),
        SubsystemDeviceId = None<ushort>(source),
        ClassCode = None<uint>(source),
        Revision = None<byte>(source),
        Driver = None<string>(source),
        DriverOverride = None<string>(source),
        DriverModule = None<string>(source),
        HasVfioFolder = None<bool>(source),
        IommuGroup = None<string>(source),
        IommuUnit = None<string>(source),
        NumaNode = None<long>(source),
        LocalCpus = None<CpuSet>(source),
        Config = None<PciConfigSpace>(source),
        Capabilities = PciCapabilities.Unknown,
        ResetMethods = None<IReadOnlyList<string>>(source),
        HasReset = None<bool>(source),
        Link = new PciLink(None<double>(source), None<int>(source), None<double>(source), None<int>(source)),
        Sriov = new PciSriov(None<long>(source), None<long>(source), None<bool>(source), null, []),
        Bars = None<IReadOnlyList<PciBar>>(source),
        PowerState = None<string>(source),
        RuntimeStatus = None<string>(source),
        D3coldAllowed = None<bool>(source),
        BootVga = None<bool>(source),
        MsiIrqs = None<IReadOnlyList<string>>(source),
    };

    private static Reading<T> None<T>(string source) => Reading.Missing<T>(Outcome.NotRecorded, source);
}
