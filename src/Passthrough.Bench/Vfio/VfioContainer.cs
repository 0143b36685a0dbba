using System.Buffers.Binary;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Vfio;

/// <summary>A type1 container with one group: the address space that DMA mappings go into.</summary>
internal sealed class VfioContainer : DmaSpace
{
    private const string Node = "/dev/vfio/vfio";
    private readonly ISystemCalls _system;
    private readonly Descriptor _descriptor;
    private readonly VfioGroup _group;
    private readonly PciAddress _device;

    private VfioContainer(ISystemCalls system, Descriptor descriptor, VfioGroup group, PciAddress device, IovaSpace space)
    {
        _system = system;
        _descriptor = descriptor;
        _group = group;
        _device = device;
        Space = space;
    }

    /// <inheritdoc />
    public override string Backend => "type1";

    /// <inheritdoc />
    public override IovaSpace Space { get; }

    /// <summary>Opens the container and the function's group and attaches both to the type1 IOMMU driver.</summary>
    public static VfioContainer Open(ISystemCalls system, PciAddress device)
    {
        Descriptor container = Descriptor.Open(system, Node, LinuxFlags.ReadWrite, VfioErrors.Container);
        VfioGroup? group = null;
        try
        {
            int version = Failure.Check(system.Ioctl(container.Number, VfioRequests.GetApiVersion, 0), "VFIO_GET_API_VERSION", Node);
            if (version != VfioRequests.ApiVersion)
            {
                throw new BenchException($"VFIO speaks version {version} of its interface, and this tool speaks version {VfioRequests.ApiVersion}.");
            }

            if (system.Ioctl(container.Number, VfioRequests.CheckExtension, VfioRequests.Type1V2) <= 0)
            {
                throw new BenchException("VFIO offers no type1v2 IOMMU driver: the module vfio_iommu_type1 is not loaded or not built (modprobe vfio_iommu_type1).");
            }

            group = VfioGroup.Open(system, device);
            group.Join(container);
            int result = system.Ioctl(container.Number, VfioRequests.SetIommu, VfioRequests.Type1V2);
            if (result < 0)
            {
                throw Failure.Of("VFIO_SET_IOMMU", Node, result, VfioErrors.SetIommu(-result));
            }

            return new VfioContainer(system, container, group, device, IovaSpace.Parse(ReadInfo(system, container.Number)));
        }
        catch
        {
            group?.Dispose();
            container.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public override unsafe int Map(nint address, ulong iova, ulong bytes)
    {
        var request = new DmaMap
        {
            Size = (uint)sizeof(DmaMap),
            Flags = VfioRequests.MapReadWrite,
            Address = (ulong)address,
            Iova = iova,
            Bytes = bytes,
        };
        // Safe: the struct lives on this frame; the memory it names is owned by the caller until it is unmapped.
        return _system.Ioctl(_descriptor.Number, VfioRequests.MapDma, (nint)(&request));
    }

    /// <inheritdoc />
    public override unsafe long Unmap(ulong iova, ulong bytes)
    {
        var request = new DmaUnmap { Size = (uint)sizeof(DmaUnmap), Iova = iova, Bytes = bytes };
        // Safe: the struct lives on this frame and its Size member tells the kernel how much it may write.
        int result = _system.Ioctl(_descriptor.Number, VfioRequests.UnmapDma, (nint)(&request));
        return result < 0 ? result : (long)request.Bytes;
    }

    /// <inheritdoc />
    public override BenchException MapFailure(int result) => Failure.Of("VFIO_IOMMU_MAP_DMA", Node, result, VfioErrors.Map(-result));

    /// <inheritdoc />
    public override BenchException UnmapFailure(long result, ulong expected) => result < 0
        ? Failure.Of("VFIO_IOMMU_UNMAP_DMA", Node, result)
        : new BenchException($"VFIO_IOMMU_UNMAP_DMA unmapped {result} of {expected} bytes.");

    /// <inheritdoc />
    public override bool TryForceSmallPages() => false;

    /// <inheritdoc />
    public override Descriptor OpenDevice() => _group.OpenDevice(_device);

    /// <summary>Closes the group, then the container; closing removes every mapping.</summary>
    public override void Dispose()
    {
        _group.Dispose();
        _descriptor.Dispose();
    }

    private static unsafe byte[] ReadInfo(ISystemCalls system, int container)
    {
        // The kernel answers with the size it needs for its capabilities; the second call has that room.
        int room = sizeof(IommuInfo);
        for (int attempt = 0; ; attempt++)
        {
            byte[] buffer = new byte[room];
            BinaryPrimitives.WriteUInt32LittleEndian(buffer, (uint)room);
            // Safe: the buffer is pinned and its first word tells the kernel its true length.
            fixed (byte* pointer = buffer)
            {
                Failure.Check(system.Ioctl(container, VfioRequests.IommuGetInfo, (nint)pointer), "VFIO_IOMMU_GET_INFO", Node);
            }

            uint needed = BinaryPrimitives.ReadUInt32LittleEndian(buffer);
            if (needed <= room || needed > 1 << 20 || attempt == 3)
            {
                return buffer;
            }

            room = (int)needed;
        }
    }
}
