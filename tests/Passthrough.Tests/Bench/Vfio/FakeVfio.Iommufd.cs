using System.Runtime.InteropServices;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;

namespace Passthrough.Tests.Bench.Vfio;

/// <content>iommufd with one device, interrupt vectors, and what the device sees of memory.</content>
internal sealed partial class FakeVfio
{
    private const uint Space = 42;
    private bool _bound;
    private bool _attached;

    /// <summary>The last mapping that iommufd was asked for.</summary>
    public AddressSpaceMap LastIommufdMap { get; private set; }

    /// <summary>iommufd's option HUGE_PAGES.</summary>
    public ulong HugePages { get; private set; } = 1;

    /// <summary>Ranges that each asking finds more than the one before, as when devices come and go.</summary>
    public int GrowingRanges { get; set; }

    /// <summary>Address of mapped memory as the device sees it, held still while it is used; false when it is not mapped: an IOMMU fault.</summary>
    public bool WithMapped(ulong iova, int bytes, Action<nint> use)
    {
        lock (_mappings)
        {
            foreach ((ulong start, (nint address, ulong length)) in _mappings)
            {
                if (iova >= start && iova + (ulong)bytes <= start + length)
                {
                    use(address + (nint)(iova - start));
                    return true;
                }
            }
        }

        return false;
    }

    private int Add(ulong iova, ulong address, ulong bytes)
    {
        lock (_mappings)
        {
            return _mappings.TryAdd(iova, ((nint)address, bytes)) ? 0 : -Errno.EEXIST;
        }
    }

    private ulong? Remove(ulong iova)
    {
        lock (_mappings)
        {
            return _mappings.Remove(iova, out (nint Address, ulong Bytes) mapping) ? mapping.Bytes : null;
        }
    }

    private int SetIrqs(nint argument)
    {
        IrqSet set = Marshal.PtrToStructure<IrqSet>(argument);
        if (set.Size < IrqSet.HeaderBytes + (set.Flags == VfioRequests.SetTriggerDescriptors ? 4 * set.Count : 0))
        {
            return -Errno.EINVAL;
        }

        Routed = (set.Index, set.Count, set.Count > 0 ? set.Descriptor : -1, set.Count > 1 ? set.SecondDescriptor : -1);
        return 0;
    }

    private int Iommufd(int descriptor, int request, nint argument)
    {
        switch (request)
        {
            case VfioRequests.BindIommufd:
                _bound = System.PathOf(Marshal.PtrToStructure<BindIommufd>(argument).Iommufd) == "/dev/iommu";
                return _bound ? 0 : -Errno.EBADF;
            case IommufdRequests.AddressSpaceAlloc:
                return Change<AddressSpaceAlloc>(argument, (ref AddressSpaceAlloc alloc) => alloc.Id = Space);
            case VfioRequests.AttachIommufd:
                _attached = _bound && Marshal.PtrToStructure<AttachIommufd>(argument).PageTable == Space;
                return _attached ? 0 : -Errno.EINVAL;
            case VfioRequests.DetachIommufd:
                return 0;
            case IommufdRequests.Ranges:
                return FillRanges(argument);
            case IommufdRequests.Option:
                IommuOption option = Marshal.PtrToStructure<IommuOption>(argument);
                HugePages = option.Value;
                return option is { Id: IommufdRequests.OptionHugePages, Operation: IommufdRequests.OptionSet, Object: Space } && ActiveMappings == 0 ? 0 : -Errno.EINVAL;
            case IommufdRequests.Map:
                LastIommufdMap = Marshal.PtrToStructure<AddressSpaceMap>(argument);
                return !_attached || LastIommufdMap.Id != Space || System.PathOf(descriptor) != "/dev/iommu"
                    ? -Errno.EINVAL : Add(LastIommufdMap.Iova, LastIommufdMap.Address, LastIommufdMap.Bytes);
            case IommufdRequests.Unmap:
                ulong removed = 0;
                int result = Change<AddressSpaceUnmap>(argument, (ref AddressSpaceUnmap unmap) => removed = unmap.Bytes = Remove(unmap.Iova) ?? 0);
                return removed == 0 ? -Errno.ENOENT : result;
            default:
                return -Errno.ENOTTY;
        }
    }

    private int FillRanges(nint argument)
    {
        IovaRanges ranges = Marshal.PtrToStructure<IovaRanges>(argument);
        uint room = ranges.Count;
        ranges.Count = 2 + (uint)Math.Max(0, GrowingRanges--);
        ranges.Alignment = 4096;
        Marshal.StructureToPtr(ranges, argument, fDeleteOld: false);
        if (room < ranges.Count)
        {
            return -Errno.EMSGSIZE;
        }

        Marshal.StructureToPtr(new IovaRange { Start = 0, Last = 0xfedfffff }, (nint)ranges.Ranges, fDeleteOld: false);
        Marshal.StructureToPtr(new IovaRange { Start = 0xfef00000, Last = 0x7fffffffff }, (nint)ranges.Ranges + 16, fDeleteOld: false);
        return 0;
    }
}
