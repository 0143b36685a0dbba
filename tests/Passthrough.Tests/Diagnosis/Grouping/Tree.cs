using System.Buffers.Binary;
using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Tests.Diagnosis.Checks;

namespace Passthrough.Tests.Diagnosis.Grouping;

/// <summary>Functions with config space of their own, so that capabilities come from bytes as on a machine.</summary>
internal static class Tree
{
    public const int Endpoint = 0;
    public const int RootPort = 4;
    public const int Upstream = 5;
    public const int Downstream = 6;
    public const int ToPci = 7;
    public const int Integrated = 9;
    public const int Conventional = -1;

    /// <summary>Every bit that the kernel asks for.</summary>
    public const int AllBits = 0x1d;

    /// <summary>A function. <paramref name="acs"/>: capability and control, null for none.</summary>
    public static PciDevice Of(string address, int type, string? parent = null, (int Cap, int Control)? acs = null, bool multi = false, string? group = null,
        string? driver = null, int length = 4096, int vendor = 0x1b36, int device = 0x0010)
    {
        bool bridge = type is RootPort or Upstream or Downstream or ToPci;
        byte[] bytes = Config(type, acs, multi, bridge);
        var config = new PciConfigSpace(bytes.AsMemory(0, Math.Min(length, type == Conventional ? 256 : 4096)));
        return DeviceCase.Device(address, driver ?? (bridge ? "pcieport" : null), bridge ? 0x060400u : 0x010802u, group) with
        {
            VendorId = Models.Known((ushort)vendor),
            DeviceId = Models.Known((ushort)device),
            SubsystemVendorId = Models.Known<ushort>(0x1af4),
            SubsystemDeviceId = Models.Known<ushort>(0x1100),
            Parent = parent is null ? null : DeviceCase.Address(parent),
            Config = Reading.Of(config, $"/sys/bus/pci/devices/{address}/config"),
            Capabilities = PciConfigParser.Parse(config),
            ResetMethods = Models.Known<IReadOnlyList<string>>(["flr"], $"/sys/bus/pci/devices/{address}/reset_method"),
        };
    }

    /// <summary>A machine of which everything that a simulation asks is known: remapped interrupts, no use by the host, no reserved region.</summary>
    public static HostModel Machine(params PciDevice[] devices)
    {
        HostModel model = Models.Blank.With(devices).WithInterrupts(DeviceCase.Line("9", "IR-IO-APIC 9-fasteoi", "acpi")).WithCommandLine("quiet");
        return model with
        {
            Iommu = model.Iommu with
            {
                Groups = [.. model.Iommu.Groups.Select(group => group with { ReservedRegions = Models.Known<IReadOnlyList<ReservedRegion>>([]) })],
            },
            Usage = model.Usage with { IsSeen = true },
        };
    }

    /// <summary>With what the host uses a function for.</summary>
    public static HostModel Using(this HostModel model, string address, params string[] uses) => model with
    {
        Usage = model.Usage with
        {
            Uses = new Dictionary<PciAddress, IReadOnlyList<string>>(model.Usage.Uses) { [DeviceCase.Address(address)] = uses },
        },
    };

    private static byte[] Config(int type, (int Cap, int Control)? acs, bool multi, bool bridge)
    {
        byte[] bytes = new byte[4096];
        bytes[0x0e] = (byte)((bridge ? 1 : 0) | (multi ? 0x80 : 0));
        if (type == Conventional)
        {
            return bytes;
        }

        bytes[0x06] = 0x10;
        bytes[0x34] = 0x40;
        bytes[0x40] = 0x10;
        bytes[0x42] = (byte)(type << 4);
        if (acs is { } registers)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(0x100), 0x0001_000d);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(0x104), (ushort)registers.Cap);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(0x106), (ushort)registers.Control);
        }

        return bytes;
    }
}
