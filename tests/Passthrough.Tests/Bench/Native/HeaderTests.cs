using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Passthrough.Bench.Native;
using Passthrough.Bench.Uring;
using Passthrough.Bench.Vfio;
using Xunit;

namespace Passthrough.Tests.Bench.Native;

public sealed class HeaderTests
{
    /// <summary>What our structs and numbers must be, each with the C expression that says it.</summary>
    private static readonly (string Expression, long Ours)[] _facts =
    [
        ("VFIO_GET_API_VERSION", VfioRequests.GetApiVersion),
        ("VFIO_CHECK_EXTENSION", VfioRequests.CheckExtension),
        ("VFIO_SET_IOMMU", VfioRequests.SetIommu),
        ("VFIO_GROUP_GET_STATUS", VfioRequests.GroupGetStatus),
        ("VFIO_GROUP_SET_CONTAINER", VfioRequests.GroupSetContainer),
        ("VFIO_GROUP_GET_DEVICE_FD", VfioRequests.GroupGetDevice),
        ("VFIO_DEVICE_GET_INFO", VfioRequests.DeviceGetInfo),
        ("VFIO_DEVICE_GET_REGION_INFO", VfioRequests.DeviceGetRegionInfo),
        ("VFIO_DEVICE_GET_IRQ_INFO", VfioRequests.DeviceGetIrqInfo),
        ("VFIO_DEVICE_SET_IRQS", VfioRequests.DeviceSetIrqs),
        ("VFIO_DEVICE_RESET", VfioRequests.DeviceReset),
        ("VFIO_IOMMU_GET_INFO", VfioRequests.IommuGetInfo),
        ("VFIO_IOMMU_MAP_DMA", VfioRequests.MapDma),
        ("VFIO_IOMMU_UNMAP_DMA", VfioRequests.UnmapDma),
        ("VFIO_API_VERSION", VfioRequests.ApiVersion),
        ("VFIO_TYPE1v2_IOMMU", VfioRequests.Type1V2),
        ("VFIO_GROUP_FLAGS_VIABLE", VfioRequests.GroupViable),
        ("VFIO_DMA_MAP_FLAG_READ|VFIO_DMA_MAP_FLAG_WRITE", VfioRequests.MapReadWrite),
        ("VFIO_REGION_INFO_FLAG_MMAP", VfioRequests.RegionMappable),
        ("VFIO_PCI_CONFIG_REGION_INDEX", VfioRequests.ConfigRegion),
        ("VFIO_PCI_MSI_IRQ_INDEX", VfioRequests.MsiIndex),
        ("VFIO_PCI_MSIX_IRQ_INDEX", VfioRequests.MsixIndex),
        ("VFIO_IRQ_INFO_EVENTFD", VfioRequests.IrqEventDescriptor),
        ("VFIO_IRQ_SET_DATA_EVENTFD|VFIO_IRQ_SET_ACTION_TRIGGER", VfioRequests.SetTriggerDescriptors),
        ("VFIO_IRQ_SET_DATA_NONE|VFIO_IRQ_SET_ACTION_TRIGGER", VfioRequests.SetTriggerNone),
        ("VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE", VfioRequests.CapabilityIovaRange),
        ("VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL", VfioRequests.CapabilityDmaAvailable),
        ("sizeof(struct vfio_group_status)", Unsafe.SizeOf<GroupStatus>()),
        ("offsetof(struct vfio_iommu_type1_info, iova_pgsizes)", Offset<IommuInfo>(nameof(IommuInfo.PageSizes))),
        ("offsetof(struct vfio_iommu_type1_info, cap_offset)", Offset<IommuInfo>(nameof(IommuInfo.CapabilityOffset))),
        ("sizeof(struct vfio_iommu_type1_info)", Unsafe.SizeOf<IommuInfo>()),
        ("offsetof(struct vfio_device_info, num_irqs)", Offset<DeviceInfo>(nameof(DeviceInfo.Interrupts))),
        ("offsetof(struct vfio_device_info, cap_offset) + 4", Unsafe.SizeOf<DeviceInfo>()),
        ("offsetof(struct vfio_region_info, size)", Offset<RegionInfo>(nameof(RegionInfo.Bytes))),
        ("offsetof(struct vfio_region_info, offset)", Offset<RegionInfo>(nameof(RegionInfo.Offset))),
        ("sizeof(struct vfio_region_info)", Unsafe.SizeOf<RegionInfo>()),
        ("sizeof(struct vfio_irq_info)", Unsafe.SizeOf<IrqInfo>()),
        ("offsetof(struct vfio_irq_info, count)", Offset<IrqInfo>(nameof(IrqInfo.Count))),
        ("offsetof(struct vfio_irq_set, data)", Offset<IrqSet>(nameof(IrqSet.Descriptor))),
        ("sizeof(struct vfio_irq_set)", IrqSet.HeaderBytes),
        ("sizeof(struct vfio_iommu_type1_dma_map)", Unsafe.SizeOf<DmaMap>()),
        ("offsetof(struct vfio_iommu_type1_dma_map, iova)", Offset<DmaMap>(nameof(DmaMap.Iova))),
        ("offsetof(struct vfio_iommu_type1_dma_unmap, data)", Unsafe.SizeOf<DmaUnmap>()),
        ("offsetof(struct vfio_iommu_type1_dma_unmap, size)", Offset<DmaUnmap>(nameof(DmaUnmap.Bytes))),
        ("sizeof(struct io_uring_params)", Unsafe.SizeOf<UringParameters>()),
        ("offsetof(struct io_uring_params, features)", Offset<UringParameters>(nameof(UringParameters.Features))),
        ("offsetof(struct io_uring_params, sq_off)", Offset<UringParameters>(nameof(UringParameters.Submission))),
        ("offsetof(struct io_uring_params, cq_off)", Offset<UringParameters>(nameof(UringParameters.Completion))),
        ("offsetof(struct io_sqring_offsets, array)", Offset<SubmissionOffsets>(nameof(SubmissionOffsets.Array))),
        ("offsetof(struct io_cqring_offsets, cqes)", Offset<CompletionOffsets>(nameof(CompletionOffsets.Entry))),
        ("sizeof(struct io_uring_sqe)", Unsafe.SizeOf<SubmissionEntry>()),
        ("offsetof(struct io_uring_sqe, off)", Offset<SubmissionEntry>(nameof(SubmissionEntry.Offset))),
        ("offsetof(struct io_uring_sqe, addr)", Offset<SubmissionEntry>(nameof(SubmissionEntry.Address))),
        ("offsetof(struct io_uring_sqe, len)", Offset<SubmissionEntry>(nameof(SubmissionEntry.Bytes))),
        ("offsetof(struct io_uring_sqe, user_data)", Offset<SubmissionEntry>(nameof(SubmissionEntry.UserData))),
        ("offsetof(struct io_uring_sqe, buf_index)", Offset<SubmissionEntry>(nameof(SubmissionEntry.Buffer))),
        ("sizeof(struct io_uring_cqe)", Unsafe.SizeOf<CompletionEntry>()),
        ("IORING_OP_READ_FIXED", (long)UringOpcode.ReadFixed),
        ("IORING_OP_WRITE_FIXED", (long)UringOpcode.WriteFixed),
        ("IORING_SETUP_IOPOLL", 1),
        ("IORING_REGISTER_BUFFERS", 0),
        ("IORING_REGISTER_FILES", 2),
        ("IORING_OFF_SQES", 0x10000000),
        ("IORING_FEAT_SINGLE_MMAP", 1),
        ("IORING_ENTER_GETEVENTS", 1),
        ("IOSQE_FIXED_FILE", 1),
        ("O_DIRECT", LinuxFlags.Direct),
        ("O_EXCL", LinuxFlags.Exclusive),
        ("offsetof(struct statx, stx_mode)", 28),
        ("offsetof(struct statx, stx_size) / 8", 5),
        ("offsetof(struct statx, stx_blocks) / 8", 6),
        ("offsetof(struct statx, stx_rdev_major) / 4", 32),
        ("offsetof(struct statx, stx_dev_major) / 4", 34),
        ("sizeof(struct statx)", 256),
        ("O_NONBLOCK", LinuxFlags.NonBlocking),
        ("EFD_NONBLOCK", LinuxFlags.NonBlocking),
        ("MAP_PRIVATE|MAP_ANONYMOUS", LinuxFlags.PrivateAnonymous),
        ("MAP_HUGETLB|(21<<26)", LinuxFlags.Huge2M),
        ("MAP_HUGETLB|(30<<26)", LinuxFlags.Huge1G),
        ("MAP_FIXED", LinuxFlags.Fixed),
        ("MAP_NORESERVE", LinuxFlags.NoReserve),
        ("MAP_POPULATE", LinuxFlags.Populate),
        ("MADV_HUGEPAGE", LinuxFlags.AdviseHugePage),
        ("MADV_NOHUGEPAGE", LinuxFlags.AdviseNoHugePage),
        ("23", LinuxFlags.AdvisePopulateWrite),
        ("MPOL_BIND", LinuxFlags.PolicyBind),
        ("EOPNOTSUPP", Errno.EOPNOTSUPP),
        ("ENOTTY", Errno.ENOTTY),
        ("ENOSPC", Errno.ENOSPC),
        ("ENOSYS", Errno.ENOSYS),
        ("EBUSY", Errno.EBUSY),
        ("EEXIST", Errno.EEXIST),
        ("EROFS", Errno.EROFS),
        ("EPIPE", Errno.EPIPE),
        ("ETXTBSY", Errno.ETXTBSY),
        ("EOVERFLOW", Errno.EOVERFLOW),
        ("EMSGSIZE", Errno.EMSGSIZE),
        ("EAFNOSUPPORT", Errno.EAFNOSUPPORT),
        ("EADDRINUSE", Errno.EADDRINUSE),
        ("EADDRNOTAVAIL", Errno.EADDRNOTAVAIL),
        ("ENETUNREACH", Errno.ENETUNREACH),
        ("ECONNRESET", Errno.ECONNRESET),
        ("ETIMEDOUT", Errno.ETIMEDOUT),
        ("ECONNREFUSED", Errno.ECONNREFUSED),
        ("EHOSTUNREACH", Errno.EHOSTUNREACH),
        ("EINPROGRESS", 115),
        ("AF_INET", SocketNumbers.Ipv4),
        ("AF_INET6", SocketNumbers.Ipv6),
        ("SOCK_STREAM", SocketNumbers.Stream),
        ("SOCK_DGRAM", SocketNumbers.Datagram),
        ("MSG_DONTWAIT", SocketNumbers.DoNotWait),
        ("MSG_NOSIGNAL", SocketNumbers.NoSignal),
        ("SOL_SOCKET", SocketNumbers.SocketLevel),
        ("SO_REUSEADDR", SocketNumbers.ReuseAddress),
        ("SO_RCVTIMEO", SocketNumbers.ReceiveTimeout),
        ("SO_SNDTIMEO", SocketNumbers.SendTimeout),
        ("IPPROTO_TCP", SocketNumbers.TcpLevel),
        ("TCP_INFO", SocketNumbers.TcpInfo),
        ("offsetof(struct tcp_info, tcpi_total_retrans)", SocketNumbers.TcpRetransmitsOffset),
        ("offsetof(struct tcp_info, tcpi_bytes_acked)", SocketNumbers.TcpBytesAckedOffset),
        ("SIOCOUTQ", SocketNumbers.UnacknowledgedBytes),
        ("sizeof(struct timeval)", 16),
        ("sizeof(struct sockaddr_in6)", Passthrough.Bench.Workloads.Network.Endpoint.MostBytes),
    ];

    [Fact]
    public void Structs_have_the_sizes_the_kernel_document_gives()
    {
        Assert.Equal((24, 20, 32, 16, 32, 24), (Unsafe.SizeOf<IommuInfo>(), Unsafe.SizeOf<DeviceInfo>(), Unsafe.SizeOf<RegionInfo>(),
            Unsafe.SizeOf<IrqInfo>(), Unsafe.SizeOf<DmaMap>(), Unsafe.SizeOf<DmaUnmap>()));
        Assert.Equal((120, 64, 16), (Unsafe.SizeOf<UringParameters>(), Unsafe.SizeOf<SubmissionEntry>(), Unsafe.SizeOf<CompletionEntry>()));
    }

    [SkippableFact]
    public void Structs_and_numbers_agree_with_the_installed_kernel_headers()
    {
        Skip.IfNot(File.Exists("/usr/include/linux/vfio.h") && File.Exists("/usr/include/linux/io_uring.h"), "the kernel's user headers are not installed");
        string folder = Directory.CreateTempSubdirectory("ptdiag-headers-").FullName;
        try
        {
            string source = Path.Combine(folder, "facts.c");
            File.WriteAllText(source, """
                #define _GNU_SOURCE
                #include <stddef.h>
                #include <stdio.h>
                #include <errno.h>
                #include <fcntl.h>
                #include <sys/mman.h>
                #include <sys/stat.h>
                #include <sys/socket.h>
                #include <netinet/in.h>
                #include <linux/tcp.h>
                #include <linux/sockios.h>
                #include <sys/time.h>
                #include <sys/ioctl.h>
                #include <sys/eventfd.h>
                #include <linux/mempolicy.h>
                #include <linux/vfio.h>
                #include <linux/io_uring.h>
                int main(void) {
                """ + string.Concat(_facts.Select(fact => $"printf(\"%lld\\n\", (long long)({fact.Expression}));\n")) + "return 0; }\n");
            string? compiled = Run("gcc", "-o", Path.Combine(folder, "facts"), source);
            Skip.If(compiled is null, "gcc is not installed");
            string[] lines = Run(Path.Combine(folder, "facts"))!.Split('\n', StringSplitOptions.RemoveEmptyEntries);

            Assert.Equal(_facts.Length, lines.Length);
            Assert.All(_facts.Zip(lines), pair => Assert.Equal($"{pair.First.Expression} = {pair.Second}", $"{pair.First.Expression} = {pair.First.Ours}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static long Offset<T>(string field) => Marshal.OffsetOf<T>(field);

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
            string output = process!.StandardOutput.ReadToEnd();
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors);
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
