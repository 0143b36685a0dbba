using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Vfio;

/// <summary>
/// An I/O address space of iommufd with one device attached. Unlike a type1 container it needs the open device: without one
/// attached there is no page table, and mapping would only be written down. Source: Documentation/userspace-api/iommufd.rst,
/// Documentation/driver-api/vfio.rst.
/// </summary>
internal sealed class IommufdSpace : DmaSpace
{
    private const string Node = "/dev/iommu";
    private readonly ISystemCalls _system;
    private readonly Descriptor _descriptor;
    private readonly Descriptor _device;
    private readonly uint _id;

    private IommufdSpace(ISystemCalls system, Descriptor descriptor, Descriptor device, uint id, IovaSpace space)
    {
        _system = system;
        _descriptor = descriptor;
        _device = device;
        _id = id;
        Space = space;
    }

    /// <inheritdoc />
    public override string Backend => "iommufd";

    /// <inheritdoc />
    public override IovaSpace Space { get; }

    /// <summary>The name of a function's own node, vfio0; null when it has none.</summary>
    public static string? NodeName(ISystemCalls system, PciAddress device) =>
        system.List($"/sys/bus/pci/devices/{device}/vfio-dev", out IReadOnlyList<string> names) < 0
            ? null
            : names.FirstOrDefault(name => name.StartsWith("vfio", StringComparison.Ordinal));

    /// <summary>Opens the device and iommufd, binds one to the other and attaches the device to a fresh address space.</summary>
    public static IommufdSpace Open(ISystemCalls system, PciAddress address)
    {
        string name = NodeName(system, address)
            ?? throw new BenchException($"{address} has no device node of VFIO (/sys/bus/pci/devices/{address}/vfio-dev names none): "
                + "it is not bound to vfio-pci, or the kernel is built without CONFIG_VFIO_DEVICE_CDEV.");
        Descriptor device = Descriptor.Open(system, "/dev/vfio/devices/" + name, LinuxFlags.ReadWrite, IommufdErrors.DeviceNode);
        Descriptor? iommufd = null;
        try
        {
            iommufd = Descriptor.Open(system, Node, LinuxFlags.ReadWrite, IommufdErrors.Node);
            Bind(system, device, iommufd);
            uint id = Alloc(system, iommufd);
            Attach(system, device, id);
            // Each attached device narrows what may be mapped, so the ranges are asked for now.
            return new IommufdSpace(system, iommufd, device, id, new IovaSpace(0, ReadRanges(system, iommufd, id), null));
        }
        catch
        {
            device.Dispose();
            iommufd?.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public override unsafe int Map(nint address, ulong iova, ulong bytes)
    {
        var request = new AddressSpaceMap
        {
            Size = (uint)sizeof(AddressSpaceMap),
            Flags = IommufdRequests.MapFixedReadWrite,
            Id = _id,
            Address = (ulong)address,
            Bytes = bytes,
            Iova = iova,
        };
        // Safe: the struct lives on this frame; the memory it names is owned by the caller until it is unmapped.
        return _system.Ioctl(_descriptor.Number, IommufdRequests.Map, (nint)(&request));
    }

    /// <inheritdoc />
    public override unsafe long Unmap(ulong iova, ulong bytes)
    {
        var request = new AddressSpaceUnmap { Size = (uint)sizeof(AddressSpaceUnmap), Id = _id, Iova = iova, Bytes = bytes };
        // Safe: the struct lives on this frame and its Size member tells the kernel how much it may write; so below.
        int result = _system.Ioctl(_descriptor.Number, IommufdRequests.Unmap, (nint)(&request));
        return result < 0 ? result : (long)request.Bytes;
    }

    /// <inheritdoc />
    public override BenchException MapFailure(int result) => Failure.Of("IOMMU_IOAS_MAP", Node, result, IommufdErrors.Map(-result));

    /// <inheritdoc />
    public override BenchException UnmapFailure(long result, ulong expected) => result < 0
        ? Failure.Of("IOMMU_IOAS_UNMAP", Node, result, IommufdErrors.Unmap((int)-result))
        : new BenchException($"IOMMU_IOAS_UNMAP unmapped {result} of {expected} bytes.");

    /// <inheritdoc />
    public override unsafe bool TryForceSmallPages()
    {
        var option = new IommuOption
        {
            Size = (uint)sizeof(IommuOption),
            Id = IommufdRequests.OptionHugePages,
            Operation = IommufdRequests.OptionSet,
            Object = _id,
            Value = 0,
        };
        int result = _system.Ioctl(_descriptor.Number, IommufdRequests.Option, (nint)(&option));
        return result >= 0 ? true : throw Failure.Of("IOMMU_OPTION(HUGE_PAGES)", Node, result, IommufdErrors.HugePages(-result));
    }

    /// <inheritdoc />
    public override Descriptor OpenDevice() => _device;

    /// <summary>Detaches the device where it is still open, closes it and then iommufd with its address space.</summary>
    public override unsafe void Dispose()
    {
        if (_device.Number >= 0)
        {
            var request = new DetachIommufd { Size = (uint)sizeof(DetachIommufd) };
            // Errors do not matter on the way out: closing the device detaches as well.
            _ = _system.Ioctl(_device.Number, VfioRequests.DetachIommufd, (nint)(&request));
        }

        _device.Dispose();
        _descriptor.Dispose();
    }

    private static unsafe void Bind(ISystemCalls system, Descriptor device, Descriptor iommufd)
    {
        var request = new BindIommufd { Size = (uint)sizeof(BindIommufd), Iommufd = iommufd.Number };
        int result = system.Ioctl(device.Number, VfioRequests.BindIommufd, (nint)(&request));
        if (result < 0)
        {
            throw Failure.Of("VFIO_DEVICE_BIND_IOMMUFD", device.Path, result, IommufdErrors.Bind(-result));
        }
    }

    private static unsafe uint Alloc(ISystemCalls system, Descriptor iommufd)
    {
        var request = new AddressSpaceAlloc { Size = (uint)sizeof(AddressSpaceAlloc) };
        Failure.Check(system.Ioctl(iommufd.Number, IommufdRequests.AddressSpaceAlloc, (nint)(&request)), "IOMMU_IOAS_ALLOC", Node);
        return request.Id;
    }

    private static unsafe void Attach(ISystemCalls system, Descriptor device, uint id)
    {
        var request = new AttachIommufd { Size = (uint)sizeof(AttachIommufd), PageTable = id };
        int result = system.Ioctl(device.Number, VfioRequests.AttachIommufd, (nint)(&request));
        if (result < 0)
        {
            throw Failure.Of("VFIO_DEVICE_ATTACH_IOMMUFD_PT", device.Path, result, IommufdErrors.Attach(-result));
        }
    }

    private static unsafe (ulong, ulong)[] ReadRanges(ISystemCalls system, Descriptor iommufd, uint id)
    {
        uint room = 0;
        for (int attempt = 0; ; attempt++)
        {
            var ranges = new IovaRange[room];
            var request = new IovaRanges { Size = (uint)sizeof(IovaRanges), Id = id, Count = room };
            // Safe: the array is pinned and Count tells the kernel how many entries it has.
            fixed (IovaRange* pointer = ranges)
            {
                request.Ranges = (ulong)pointer;
                int result = system.Ioctl(iommufd.Number, IommufdRequests.Ranges, (nint)(&request));
                // The first answer is how many there are; a device that comes or goes between two calls can change it.
                bool tooFew = result == -Errno.EMSGSIZE && request.Count > room && request.Count <= 1 << 16 && attempt < 3;
                if (result < 0 && !tooFew)
                {
                    throw Failure.Of("IOMMU_IOAS_IOVA_RANGES", Node, result);
                }

                if (result >= 0)
                {
                    return [.. ranges.Take((int)Math.Min(request.Count, room)).Select(range => (range.Start, range.Last))];
                }
            }

            room = request.Count;
        }
    }
}
