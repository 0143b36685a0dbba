using System.Runtime.InteropServices;

namespace Passthrough.Bench.Native;

/// <summary>Flags of the system calls used here. Sources: include/uapi/asm-generic/{fcntl,mman,mman-common}.h, include/uapi/linux/{mempolicy,eventfd}.h.</summary>
internal static class LinuxFlags
{
    /// <summary>O_RDONLY.</summary>
    public const int ReadOnly = 0;

    /// <summary>O_RDWR.</summary>
    public const int ReadWrite = 2;

    /// <summary>O_EXCL without O_CREAT: a block device that is in use is refused with EBUSY (open(2)).</summary>
    public const int Exclusive = 0x80;

    /// <summary>EFD_NONBLOCK, the same as O_NONBLOCK.</summary>
    public const int NonBlocking = 0x800;

    /// <summary>PROT_NONE.</summary>
    public const int NoAccess = 0;

    /// <summary>PROT_READ | PROT_WRITE.</summary>
    public const int ReadWriteAccess = 3;

    /// <summary>MAP_SHARED.</summary>
    public const int Shared = 1;

    /// <summary>MAP_PRIVATE | MAP_ANONYMOUS.</summary>
    public const int PrivateAnonymous = 0x22;

    /// <summary>MAP_FIXED.</summary>
    public const int Fixed = 0x10;

    /// <summary>MAP_NORESERVE.</summary>
    public const int NoReserve = 0x4000;

    /// <summary>MAP_POPULATE.</summary>
    public const int Populate = 0x8000;

    /// <summary>MAP_HUGETLB | MAP_HUGE_2MB (21 &lt;&lt; 26).</summary>
    public const int Huge2M = 0x40000 | (21 << 26);

    /// <summary>MAP_HUGETLB | MAP_HUGE_1GB (30 &lt;&lt; 26).</summary>
    public const int Huge1G = 0x40000 | (30 << 26);

    /// <summary>MADV_HUGEPAGE.</summary>
    public const int AdviseHugePage = 14;

    /// <summary>MADV_NOHUGEPAGE.</summary>
    public const int AdviseNoHugePage = 15;

    /// <summary>MADV_POPULATE_WRITE (Linux 5.14): prefaults and reports what would otherwise be a fatal signal.</summary>
    public const int AdvisePopulateWrite = 23;

    /// <summary>MPOL_DEFAULT.</summary>
    public const int PolicyDefault = 0;

    /// <summary>MPOL_BIND.</summary>
    public const int PolicyBind = 2;

    /// <summary>O_DIRECT; arm64 has its own value.</summary>
    public static int Direct => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;
}
