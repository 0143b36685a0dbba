using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Passthrough.Host.Pci;
using Passthrough.Tests.Bench.Native;

namespace Passthrough.Tests.Bench.Vfio;

/// <summary>A kernel with one edu function in group 7 on vfio-pci; any request can be made to fail with any errno.</summary>
internal sealed partial class FakeVfio : IDisposable
{
    public static readonly PciAddress Edu = new(0, 0, 5, 0);
    private readonly Dictionary<ulong, (nint Address, ulong Bytes)> _mappings = [];

    public FakeVfio(bool type1 = true, bool iommufd = false)
    {
        System.Links["/sys/bus/pci/devices/0000:00:05.0/driver"] = "../../../bus/pci/drivers/vfio-pci";
        System.Folders["/dev/vfio"] = type1 ? ["7", "vfio"] : ["devices"];
        System.Folders["/dev"] = iommufd ? ["iommu", "null"] : ["null"];
        if (iommufd)
        {
            System.Folders["/dev/vfio/devices"] = ["vfio0"];
            System.Folders["/sys/bus/pci/devices/0000:00:05.0/vfio-dev"] = ["vfio0"];
        }

        System.Links["/sys/bus/pci/devices/0000:00:05.0/iommu_group"] = "../../../kernel/iommu_groups/7";
        System.OnOpen = path => Errors.TryGetValue("open " + path, out int errno) ? -errno
            : (type1 && path is "/dev/vfio/vfio" or "/dev/vfio/7") || (iommufd && path is "/dev/iommu" or "/dev/vfio/devices/vfio0") ? 0 : -Errno.ENOENT;
        System.OnIoctl = Ioctl;
    }

    public FakeSystemCalls System { get; } = new();

    /// <summary>Errno by "open PATH" or by request number in hex.</summary>
    public Dictionary<string, int> Errors { get; } = [];

    public bool Viable { get; set; } = true;

    /// <summary>The edu identification register's content.</summary>
    public uint RegionFlags { get; set; } = 7;

    public uint MsiVectors { get; set; } = 1;

    public uint MsixVectors { get; set; }

    /// <summary>Each VFIO_DEVICE_SET_IRQS: index, flags, count.</summary>
    public List<(uint Index, uint Flags, uint Count)> InterruptSets { get; } = [];

    public int ActiveMappings => _mappings.Count;

    /// <summary>The interrupt kind, first and following event descriptors of the last SET_IRQS.</summary>
    public (uint Index, uint Count, int First, int Second) Routed { get; private set; }

    /// <summary>Bytes of BAR 0.</summary>
    public ulong BarBytes { get; set; } = 0x100000;

    public DmaMap LastMap { get; private set; }

    /// <summary>What unmap reports beyond the truth, for the test of a lying count.</summary>
    public ulong UnmapShortfall { get; set; }

    public void Fail(int request, int errno) => Errors[$"0x{request:X4}"] = errno;

    public void Dispose() => System.Dispose();

    private int Ioctl(int descriptor, int request, nint argument)
    {
        if (Errors.TryGetValue($"0x{request:X4}", out int errno))
        {
            return -errno;
        }

        switch (request)
        {
            case VfioRequests.GetApiVersion:
                return 0;
            case VfioRequests.CheckExtension:
                return argument == VfioRequests.Type1V2 ? 1 : 0;
            case VfioRequests.GroupGetStatus:
                return Change<GroupStatus>(argument, (ref GroupStatus status) => status.Flags = Viable ? VfioRequests.GroupViable : 0);
            case VfioRequests.GroupSetContainer:
                return System.PathOf(Marshal.ReadInt32(argument)) == "/dev/vfio/vfio" ? 0 : -Errno.EBADF;
            case VfioRequests.SetIommu:
                return argument == VfioRequests.Type1V2 ? 0 : -Errno.ENODEV;
            case VfioRequests.GroupGetDevice:
                return System.NewDescriptor("device");
            case VfioRequests.DeviceGetRegionInfo:
                return Change<RegionInfo>(argument, (ref RegionInfo region) =>
                {
                    region.Flags = RegionFlags;
                    region.Bytes = region.Index == 0 ? BarBytes : 0x100;
                    region.Offset = (ulong)region.Index << 40;
                });
            case VfioRequests.DeviceGetIrqInfo:
                return Change<IrqInfo>(argument, (ref IrqInfo info) =>
                {
                    info.Flags = 9;
                    info.Count = info.Index == (uint)MessageInterrupt.Msi ? MsiVectors : info.Index == (uint)MessageInterrupt.MsiX ? MsixVectors : 0;
                });
            case VfioRequests.DeviceSetIrqs:
                IrqSet set = Marshal.PtrToStructure<IrqSet>(argument);
                InterruptSets.Add((set.Index, set.Flags, set.Count));
                return SetIrqs(argument);
            case VfioRequests.IommuGetInfo:
                return FillInfo(argument);
            case VfioRequests.MapDma:
                LastMap = Marshal.PtrToStructure<DmaMap>(argument);
                return Add(LastMap.Iova, LastMap.Address, LastMap.Bytes);
            case VfioRequests.UnmapDma:
                return Change<DmaUnmap>(argument, (ref DmaUnmap unmap) =>
                    unmap.Bytes = Remove(unmap.Iova) is { } bytes ? bytes - UnmapShortfall : 0);
            default:
                return Iommufd(descriptor, request, argument);
        }
    }

    private delegate void Changer<T>(ref T value);

    private static int Change<T>(nint argument, Changer<T> change)
        where T : struct
    {
        T value = Marshal.PtrToStructure<T>(argument);
        change(ref value);
        Marshal.StructureToPtr(value, argument, fDeleteOld: false);
        return 0;
    }

    private static int FillInfo(nint info)
    {
        // The two-step protocol: 24 bytes first, then header, two ranges and the count of mappings left.
        int room = Marshal.ReadInt32(info);
        byte[] whole = InfoBytes();
        Marshal.Copy(whole, 0, info, Math.Min(room, whole.Length));
        Marshal.WriteInt32(info, whole.Length);
        return 0;
    }

    /// <summary>A filled vfio_iommu_type1_info of a 39-bit VT-d unit.</summary>
    public static byte[] InfoBytes()
    {
        byte[] whole = new byte[24 + 48 + 16];
        BinaryPrimitives.WriteUInt32LittleEndian(whole, (uint)whole.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(4), 3);
        BinaryPrimitives.WriteUInt64LittleEndian(whole.AsSpan(8), 0x40201000);
        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(16), 24);
        Span<byte> range = whole.AsSpan(24);
        BinaryPrimitives.WriteUInt16LittleEndian(range, 1);
        BinaryPrimitives.WriteUInt16LittleEndian(range[2..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(range[4..], 72);
        BinaryPrimitives.WriteUInt32LittleEndian(range[8..], 2);
        BinaryPrimitives.WriteUInt64LittleEndian(range[16..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(range[24..], 0xfedfffff);
        BinaryPrimitives.WriteUInt64LittleEndian(range[32..], 0xfef00000);
        BinaryPrimitives.WriteUInt64LittleEndian(range[40..], 0x7fffffffff);
        Span<byte> available = whole.AsSpan(72);
        BinaryPrimitives.WriteUInt16LittleEndian(available, 3);
        BinaryPrimitives.WriteUInt16LittleEndian(available[2..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(available[8..], 65535);
        return whole;
    }
}
