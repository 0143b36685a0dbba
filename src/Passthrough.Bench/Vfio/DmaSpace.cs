using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Vfio;

/// <summary>The interface of the kernel that DMA mappings go through.</summary>
internal enum VfioBackend
{
    /// <summary>type1 where its nodes are there, else iommufd.</summary>
    Auto,

    /// <summary>Container and group: /dev/vfio/vfio and /dev/vfio/N.</summary>
    Type1,

    /// <summary>iommufd and the device's own node: /dev/iommu and /dev/vfio/devices/vfioN.</summary>
    Iommufd,
}

/// <summary>
/// The address space that a function's DMA goes through, whichever interface of the kernel makes it. Mapping and unmapping give the
/// result as the kernel does, so that nothing else is timed.
/// </summary>
internal abstract class DmaSpace : IDisposable
{
    private const string Nodes = "/dev/vfio";

    /// <summary>"type1" or "iommufd".</summary>
    public abstract string Backend { get; }

    /// <summary>What can be mapped.</summary>
    public abstract IovaSpace Space { get; }

    /// <summary>Maps memory readable and writable by the device: 0, or -errno.</summary>
    public abstract int Map(nint address, ulong iova, ulong bytes);

    /// <summary>Unmaps: bytes unmapped, or -errno.</summary>
    public abstract long Unmap(ulong iova, ulong bytes);

    /// <summary>The exception for a failed map.</summary>
    public abstract BenchException MapFailure(int result);

    /// <summary>The exception for an unmap that failed or unmapped less than was mapped.</summary>
    public abstract BenchException UnmapFailure(long result, ulong expected);

    /// <summary>
    /// Has everything mapped later mapped in the IOMMU's smallest pages; false where the interface has no such switch at run time
    /// (type1's is the module parameter disable_hugepages, read when the module is loaded).
    /// </summary>
    public abstract bool TryForceSmallPages();

    /// <summary>The open device. The caller closes it, before the space.</summary>
    public abstract Descriptor OpenDevice();

    /// <summary>Closes the space; closing removes every mapping.</summary>
    public abstract void Dispose();

    /// <summary>Opens the address space of a function by the interface asked for.</summary>
    public static DmaSpace Open(ISystemCalls system, PciAddress device, VfioBackend backend) => Choose(system, device, backend) == VfioBackend.Type1
        ? VfioContainer.Open(system, device)
        : IommufdSpace.Open(system, device);

    private static VfioBackend Choose(ISystemCalls system, PciAddress device, VfioBackend backend)
    {
        if (backend != VfioBackend.Auto)
        {
            return backend;
        }

        string group = VfioGroup.NumberOf(system, device);
        int listed = system.List(Nodes, out IReadOnlyList<string> nodes);
        // A folder that may not be looked into says nothing about its nodes: opening one of them will say why.
        if ((listed < 0 && listed != -Errno.ENOENT) || (nodes.Contains("vfio") && nodes.Contains(group)))
        {
            return VfioBackend.Type1;
        }

        string? node = IommufdSpace.NodeName(system, device);
        if (node is not null && system.List(Nodes + "/devices", out IReadOnlyList<string> devices) >= 0 && devices.Contains(node)
            && system.List("/dev", out IReadOnlyList<string> all) >= 0 && all.Contains("iommu"))
        {
            return VfioBackend.Iommufd;
        }

        throw new BenchException($"VFIO does not serve {device}: neither {Nodes}/vfio with its group's node {Nodes}/{group} is there, "
            + $"nor /dev/iommu with a node of the function in {Nodes}/devices; load vfio-pci and bind the function to it.");
    }
}
