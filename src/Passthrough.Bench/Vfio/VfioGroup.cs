using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Vfio;

/// <summary>An open IOMMU group. Source: Documentation/driver-api/vfio.rst.</summary>
internal sealed class VfioGroup : IDisposable
{
    private readonly ISystemCalls _system;
    private readonly Descriptor _descriptor;

    private VfioGroup(ISystemCalls system, Descriptor descriptor)
    {
        _system = system;
        _descriptor = descriptor;
    }

    /// <summary>The group's node, for example /dev/vfio/7.</summary>
    public string Path => _descriptor.Path;

    /// <summary>Opens the group of a function and makes sure that it is viable.</summary>
    public static VfioGroup Open(ISystemCalls system, PciAddress device)
    {
        string number = NumberOf(system, device);
        Descriptor descriptor = Descriptor.Open(system, "/dev/vfio/" + number, LinuxFlags.ReadWrite, VfioErrors.Group);
        try
        {
            var group = new VfioGroup(system, descriptor);
            group.CheckViable(number);
            return group;
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>The number of a function's IOMMU group, as its node in /dev/vfio has it.</summary>
    public static string NumberOf(ISystemCalls system, PciAddress device)
    {
        string folder = "/sys/bus/pci/devices/" + device;
        int result = system.ReadLink(folder + "/iommu_group", out string target);
        if (result == 0)
        {
            return target[(target.LastIndexOf('/') + 1)..];
        }

        throw result == -Errno.ENOENT
            ? new BenchException($"{device} has no IOMMU group: it does not exist, or no active IOMMU translates for it, so VFIO cannot serve it.",
                "readlink", folder + "/iommu_group", Errno.ENOENT)
            : Failure.Of("readlink", folder + "/iommu_group", result);
    }

    /// <summary>Puts the group into a container.</summary>
    public unsafe void Join(Descriptor container)
    {
        int number = container.Number;
        // Safe: the kernel reads one int from this frame during the call.
        int result = _system.Ioctl(_descriptor.Number, VfioRequests.GroupSetContainer, (nint)(&number));
        if (result < 0)
        {
            throw Failure.Of("VFIO_GROUP_SET_CONTAINER", Path, result, VfioErrors.SetContainer(-result));
        }
    }

    /// <summary>Opens a device of the group. The kernel enables the function and, where it can, resets it.</summary>
    public unsafe Descriptor OpenDevice(PciAddress device)
    {
        byte[] name = System.Text.Encoding.ASCII.GetBytes(device + "\0");
        // Safe: the name is pinned and ends with a zero byte.
        fixed (byte* pointer = name)
        {
            int result = _system.Ioctl(_descriptor.Number, VfioRequests.GroupGetDevice, (nint)pointer);
            return result >= 0
                ? new Descriptor(_system, result, device.ToString())
                : throw Failure.Of("VFIO_GROUP_GET_DEVICE_FD", device.ToString(), result, VfioErrors.GetDevice(-result));
        }
    }

    /// <inheritdoc />
    public void Dispose() => _descriptor.Dispose();

    private unsafe void CheckViable(string number)
    {
        var status = new GroupStatus { Size = (uint)sizeof(GroupStatus) };
        // Safe: the struct lives on this frame and its Size member tells the kernel how much it may write.
        int result = _system.Ioctl(_descriptor.Number, VfioRequests.GroupGetStatus, (nint)(&status));
        Failure.Check(result, "VFIO_GROUP_GET_STATUS", Path);
        if ((status.Flags & VfioRequests.GroupViable) == 0)
        {
            throw new BenchException($"IOMMU group {number} is not viable: a host driver holds another function of it; "
                + $"every function listed in /sys/kernel/iommu_groups/{number}/devices must be on a VFIO driver or on none.");
        }
    }
}
