using System.Runtime.InteropServices;

namespace Passthrough.Bench.Nvme;

/// <summary>Admin commands that this driver gives. Source: NVM Express Base Specification 2.0, figure 138.</summary>
internal enum AdminOpcode : byte
{
    /// <summary>Delete I/O Submission Queue.</summary>
    DeleteSubmissionQueue = 0x00,

    /// <summary>Create I/O Submission Queue.</summary>
    CreateSubmissionQueue = 0x01,

    /// <summary>Delete I/O Completion Queue.</summary>
    DeleteCompletionQueue = 0x04,

    /// <summary>Create I/O Completion Queue.</summary>
    CreateCompletionQueue = 0x05,

    /// <summary>Identify.</summary>
    Identify = 0x06,

    /// <summary>Set Features; given for the number of queues only.</summary>
    SetFeatures = 0x09,
}

/// <summary>A submission queue entry, 64 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmeCommand
{
    /// <summary>The only I/O command of this driver: Read, of the NVM command set.</summary>
    public const byte ReadOpcode = 0x02;

    /// <summary>Opcode in bits 7:0, command identifier in 31:16; the bits between say PRPs and no fusing when 0.</summary>
    public uint Dword0;
    public uint Namespace;
    public uint Dword2;
    public uint Dword3;
    public ulong Metadata;
    public ulong Prp1;
    public ulong Prp2;
    public uint Dword10;
    public uint Dword11;
    public uint Dword12;
    public uint Dword13;
    public uint Dword14;
    public uint Dword15;

    /// <summary>The opcode.</summary>
    public readonly byte Opcode => (byte)Dword0;

    /// <summary>An admin command.</summary>
    public static NvmeCommand Admin(AdminOpcode opcode, uint dword10 = 0, uint dword11 = 0, ulong prp1 = 0, uint nsid = 0) => new()
    {
        Dword0 = (uint)opcode,
        Namespace = nsid,
        Prp1 = prp1,
        Dword10 = dword10,
        Dword11 = dword11,
    };

    /// <summary>A read of some logical blocks.</summary>
    public static NvmeCommand Read(ushort id, uint nsid, ulong block, ushort blocks, ulong prp1, ulong prp2) => new()
    {
        Dword0 = ReadOpcode | ((uint)id << 16),
        Namespace = nsid,
        Prp1 = prp1,
        Prp2 = prp2,
        Dword10 = (uint)block,
        Dword11 = (uint)(block >> 32),
        // The number of blocks is 0-based.
        Dword12 = blocks - 1u,
    };
}

/// <summary>What a completion queue entry says.</summary>
/// <param name="Id">Identifier of the command.</param>
/// <param name="Status">Status field without the phase; 0 is success.</param>
/// <param name="Result">Dword 0.</param>
internal readonly record struct NvmeCompletion(ushort Id, int Status, uint Result);
