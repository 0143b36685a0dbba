using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Passthrough.Host.Evidence;

/// <summary>The questions that only a system call can answer. See <see cref="Queries"/> for what each content means.</summary>
internal static class LiveQueries
{
    // KVM_GET_API_VERSION is _IO(0xAE, 0x00); VFIO_GET_API_VERSION and VFIO_CHECK_EXTENSION are _IO(';', 100) and _IO(';', 101).
    private const int KvmGetApiVersion = 0xAE00;
    private const int VfioGetApiVersion = 0x3B64;
    private const int VfioCheckExtension = 0x3B65;
    private const int VfioType1v2 = 3;

    public static Answer Ask(string name) => name switch
    {
        Queries.Kvm => Kvm(),
        Queries.MemoryLock => MemoryLock(),
        Queries.User => Answer.Of(string.Create(CultureInfo.InvariantCulture, $"euid={SystemCalls.EffectiveUser()}\n")),
        Queries.VfioContainer => VfioContainer(),
        Queries.HypervisorSignature => HypervisorSignature(),
        Queries.VfioHolders => LiveHolders.Find(),
        _ when name.StartsWith(Queries.ProcessPrefix, StringComparison.Ordinal) => LiveProcesses.Find(name[Queries.ProcessPrefix.Length..]),
        _ when name.StartsWith(Queries.StatPrefix, StringComparison.Ordinal) => Stat(name[Queries.StatPrefix.Length..]),
        _ => Answer.NotRecorded,
    };

    private static Answer Kvm()
    {
        if (SystemCalls.Stat("/dev/kvm", follow: true, out _) is var rc and < 0)
        {
            return Errno.ToAnswer(-rc);
        }

        // A node may stand there from boot without a driver behind it; opening such a node loads the kvm module.
        if (!IsRegistered("kvm"))
        {
            return Answer.Failed("ENODEV: the node is there, and no driver is registered for it");
        }

        int descriptor = SystemCalls.Open("/dev/kvm");
        if (descriptor < 0)
        {
            return Errno.ToAnswer(-descriptor);
        }

        try
        {
            int version = SystemCalls.Ioctl(descriptor, KvmGetApiVersion, 0);
            return version < 0
                ? Answer.Failed(Errno.Name(-version))
                : Answer.Of(string.Create(CultureInfo.InvariantCulture, $"api={version}\n"));
        }
        finally
        {
            SystemCalls.Close(descriptor);
        }
    }

    private static Answer HypervisorSignature()
    {
        // Leaf 1, ECX bit 31: a hypervisor is there; only then has leaf 0x40000000 a meaning.
        // Source: Documentation/virt/kvm/x86/cpuid.rst.
        if (!X86Base.IsSupported || (X86Base.CpuId(1, 0).Ecx >= 0))
        {
            return Answer.Absent;
        }

        (_, int ebx, int ecx, int edx) = X86Base.CpuId(0x4000_0000, 0);
        Span<byte> text = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(text, ebx);
        BinaryPrimitives.WriteInt32LittleEndian(text[4..], ecx);
        BinaryPrimitives.WriteInt32LittleEndian(text[8..], edx);
        return Answer.Of("signature=" + Encoding.Latin1.GetString(text).TrimEnd('\0') + "\n");
    }

    private static Answer VfioContainer()
    {
        if (SystemCalls.Stat("/dev/vfio/vfio", follow: true, out _) is var rc and < 0)
        {
            return Errno.ToAnswer(-rc);
        }

        if (!IsRegistered("vfio"))
        {
            return Answer.Withheld("the vfio module is not loaded, and opening the node would load it");
        }

        int descriptor = SystemCalls.Open("/dev/vfio/vfio");
        if (descriptor < 0)
        {
            return Errno.ToAnswer(-descriptor);
        }

        try
        {
            int version = SystemCalls.Ioctl(descriptor, VfioGetApiVersion, 0);
            int type1 = SystemCalls.Ioctl(descriptor, VfioCheckExtension, VfioType1v2);
            return version < 0 || type1 < 0
                ? Answer.Failed(Errno.Name(version < 0 ? -version : -type1))
                : Answer.Of(string.Create(CultureInfo.InvariantCulture, $"api={version}\ntype1v2={type1}\n"));
        }
        finally
        {
            SystemCalls.Close(descriptor);
        }
    }

    /// <summary>
    /// A misc device with a driver behind it stands in /sys/class/misc; a node that was made from modules.devname does not.
    /// Where /sys/class/misc cannot be seen, the module's own folder tells.
    /// </summary>
    private static bool IsRegistered(string name) =>
        SystemCalls.Stat("/sys/class/misc/" + name, follow: false, out _) == 0
        || (SystemCalls.Stat("/sys/class/misc", follow: true, out _) < 0
            && SystemCalls.Stat("/sys/module/" + name, follow: true, out _) == 0);

    private static Answer MemoryLock()
    {
        int rc = SystemCalls.MemoryLock(out ulong soft, out ulong hard);
        return rc < 0
            ? Answer.Failed(Errno.Name(-rc))
            : Answer.Of($"soft={Limit(soft)}\nhard={Limit(hard)}\n");
    }

    private static string Limit(ulong value) =>
        value == ulong.MaxValue ? "unlimited" : value.ToString(CultureInfo.InvariantCulture);

    private static Answer Stat(string path)
    {
        if (!LiveEvidence.IsNormal(path))
        {
            return Answer.Failed("the path is not absolute and normalised");
        }

        int rc = SystemCalls.Stat(path, follow: true, out FileStatus status);
        if (rc < 0)
        {
            return Errno.ToAnswer(-rc);
        }

        var text = new StringBuilder();
        text.Append("mode=").Append(Convert.ToString(status.Permissions, 8)).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"uid={status.User}\ngid={status.Group}\n");
        text.Append("type=").Append(status.Kind).Append('\n');
        return Answer.Of(text.ToString());
    }
}
