using System.Runtime.InteropServices;

namespace Passthrough.Bench.Uring;

// Layouts of include/uapi/linux/io_uring.h; none of them has changed since Linux 5.1.

/// <summary>struct io_uring_params, 120 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UringParameters
{
    public uint SubmissionEntries;
    public uint CompletionEntries;
    public uint Flags;
    public uint ThreadCpu;
    public uint ThreadIdle;
    public uint Features;
    public uint WorkQueue;
    public uint Reserved0;
    public uint Reserved1;
    public uint Reserved2;
    public SubmissionOffsets Submission;
    public CompletionOffsets Completion;
}

/// <summary>struct io_sqring_offsets, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SubmissionOffsets
{
    public uint Head;
    public uint Tail;
    public uint Mask;
    public uint Entries;
    public uint Flags;
    public uint Dropped;
    public uint Array;
    public uint Reserved;
    public ulong UserAddress;
}

/// <summary>struct io_cqring_offsets, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CompletionOffsets
{
    public uint Head;
    public uint Tail;
    public uint Mask;
    public uint Entries;
    public uint Overflow;
    public uint Entry;
    public uint Flags;
    public uint Reserved;
    public ulong UserAddress;
}

/// <summary>struct io_uring_sqe as far as a read or a write uses it, 64 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct SubmissionEntry
{
    [FieldOffset(0)]
    public UringOpcode Opcode;

    [FieldOffset(1)]
    public byte Flags;

    [FieldOffset(4)]
    public int File;

    [FieldOffset(8)]
    public ulong Offset;

    [FieldOffset(16)]
    public ulong Address;

    [FieldOffset(24)]
    public uint Bytes;

    [FieldOffset(32)]
    public ulong UserData;

    [FieldOffset(40)]
    public ushort Buffer;
}

/// <summary>struct io_uring_cqe, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CompletionEntry
{
    public ulong UserData;
    public int Result;
    public uint Flags;
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoVector
{
    public nint Address;
    public nint Bytes;
}

/// <summary>The operations this tool can put on a ring.</summary>
internal enum UringOpcode : byte
{
    /// <summary>IORING_OP_READ_FIXED: reads into a registered buffer.</summary>
    ReadFixed = 4,

    /// <summary>IORING_OP_WRITE_FIXED: writes from a registered buffer.</summary>
    WriteFixed = 5,
}
