using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Passthrough.Bench.Vfio;
using Xunit;

namespace Passthrough.Tests.Bench.Native;

/// <summary>iommufd's header came with Linux 6.2 and VFIO's part of it with 6.6, so older installed headers have one, both or neither.</summary>
public sealed class IommufdHeaderTests
{
    /// <summary>Folder of kernel headers other than the installed ones, for a machine whose own are older.</summary>
    private const string FolderVariable = "PTDIAG_KERNEL_HEADERS";

    private static readonly (string Expression, long Ours)[] _iommufd =
    [
        ("IOMMU_IOAS_ALLOC", IommufdRequests.AddressSpaceAlloc),
        ("IOMMU_IOAS_IOVA_RANGES", IommufdRequests.Ranges),
        ("IOMMU_IOAS_MAP", IommufdRequests.Map),
        ("IOMMU_IOAS_UNMAP", IommufdRequests.Unmap),
        ("IOMMU_OPTION", IommufdRequests.Option),
        ("IOMMU_IOAS_MAP_FIXED_IOVA|IOMMU_IOAS_MAP_WRITEABLE|IOMMU_IOAS_MAP_READABLE", IommufdRequests.MapFixedReadWrite),
        ("IOMMU_OPTION_HUGE_PAGES", IommufdRequests.OptionHugePages),
        ("IOMMU_OPTION_OP_SET", IommufdRequests.OptionSet),
        ("sizeof(struct iommu_ioas_alloc)", Unsafe.SizeOf<AddressSpaceAlloc>()),
        ("offsetof(struct iommu_ioas_alloc, out_ioas_id)", Offset<AddressSpaceAlloc>(nameof(AddressSpaceAlloc.Id))),
        ("sizeof(struct iommu_iova_range)", Unsafe.SizeOf<IovaRange>()),
        ("offsetof(struct iommu_iova_range, last)", Offset<IovaRange>(nameof(IovaRange.Last))),
        ("sizeof(struct iommu_ioas_iova_ranges)", Unsafe.SizeOf<IovaRanges>()),
        ("offsetof(struct iommu_ioas_iova_ranges, num_iovas)", Offset<IovaRanges>(nameof(IovaRanges.Count))),
        ("offsetof(struct iommu_ioas_iova_ranges, allowed_iovas)", Offset<IovaRanges>(nameof(IovaRanges.Ranges))),
        ("sizeof(struct iommu_ioas_map)", Unsafe.SizeOf<AddressSpaceMap>()),
        ("offsetof(struct iommu_ioas_map, ioas_id)", Offset<AddressSpaceMap>(nameof(AddressSpaceMap.Id))),
        ("offsetof(struct iommu_ioas_map, user_va)", Offset<AddressSpaceMap>(nameof(AddressSpaceMap.Address))),
        ("offsetof(struct iommu_ioas_map, length)", Offset<AddressSpaceMap>(nameof(AddressSpaceMap.Bytes))),
        ("offsetof(struct iommu_ioas_map, iova)", Offset<AddressSpaceMap>(nameof(AddressSpaceMap.Iova))),
        ("sizeof(struct iommu_ioas_unmap)", Unsafe.SizeOf<AddressSpaceUnmap>()),
        ("offsetof(struct iommu_ioas_unmap, iova)", Offset<AddressSpaceUnmap>(nameof(AddressSpaceUnmap.Iova))),
        ("offsetof(struct iommu_ioas_unmap, length)", Offset<AddressSpaceUnmap>(nameof(AddressSpaceUnmap.Bytes))),
        ("sizeof(struct iommu_option)", Unsafe.SizeOf<IommuOption>()),
        ("offsetof(struct iommu_option, op)", Offset<IommuOption>(nameof(IommuOption.Operation))),
        ("offsetof(struct iommu_option, object_id)", Offset<IommuOption>(nameof(IommuOption.Object))),
        ("offsetof(struct iommu_option, val64)", Offset<IommuOption>(nameof(IommuOption.Value))),
    ];

    // These structs may grow at their end; what counts is where the members lie that we pass.
    private static readonly (string Expression, long Ours)[] _vfio =
    [
        ("VFIO_DEVICE_BIND_IOMMUFD", VfioRequests.BindIommufd),
        ("VFIO_DEVICE_ATTACH_IOMMUFD_PT", VfioRequests.AttachIommufd),
        ("VFIO_DEVICE_DETACH_IOMMUFD_PT", VfioRequests.DetachIommufd),
        ("offsetof(struct vfio_device_bind_iommufd, iommufd)", Offset<BindIommufd>(nameof(BindIommufd.Iommufd))),
        ("offsetof(struct vfio_device_bind_iommufd, out_devid) + 4", Unsafe.SizeOf<BindIommufd>()),
        ("offsetof(struct vfio_device_attach_iommufd_pt, pt_id) + 4", Unsafe.SizeOf<AttachIommufd>()),
        ("offsetof(struct vfio_device_detach_iommufd_pt, flags) + 4", Unsafe.SizeOf<DetachIommufd>()),
    ];

    [SkippableFact]
    public void iommufd_is_what_its_header_says() => Check("iommufd.h", "struct iommu_option", _iommufd);

    [SkippableFact]
    public void Binding_to_iommufd_is_what_the_header_of_VFIO_says() => Check("vfio.h", "VFIO_DEVICE_BIND_IOMMUFD", _vfio);

    [Fact]
    public void Structs_have_the_sizes_the_kernel_document_gives() =>
        Assert.Equal((16, 12, 8, 12, 32, 40, 24, 24), (Unsafe.SizeOf<BindIommufd>(), Unsafe.SizeOf<AttachIommufd>(), Unsafe.SizeOf<DetachIommufd>(),
            Unsafe.SizeOf<AddressSpaceAlloc>(), Unsafe.SizeOf<IovaRanges>(), Unsafe.SizeOf<AddressSpaceMap>(), Unsafe.SizeOf<AddressSpaceUnmap>(),
            Unsafe.SizeOf<IommuOption>()));

    private static void Check(string header, string needed, (string Expression, long Ours)[] facts)
    {
        string folder = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } given ? given : "/usr/include";
        string file = Path.Combine(folder, "linux", header);
        Skip.IfNot(File.Exists(file) && File.ReadAllText(file).Contains(needed, StringComparison.Ordinal),
            $"{file} is not there or older than {needed}; {FolderVariable} may name a folder with later headers");
        CFacts.Check(folder, $"#include <linux/{header}>\n", facts);
    }

    private static long Offset<T>(string field) => Marshal.OffsetOf<T>(field);
}
