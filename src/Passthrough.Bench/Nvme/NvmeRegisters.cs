namespace Passthrough.Bench.Nvme;

/// <summary>Registers of an NVMe controller in BAR 0 and their fields. Source: NVM Express Base Specification 2.0, section 3.1.4.</summary>
internal static class NvmeRegisters
{
    /// <summary>CAP, 64 bits.</summary>
    public const int Capabilities = 0x00;

    /// <summary>CC.</summary>
    public const int Configuration = 0x14;

    /// <summary>CSTS.</summary>
    public const int Status = 0x1C;

    /// <summary>AQA: entries of both admin queues, 0-based.</summary>
    public const int AdminQueueAttributes = 0x24;

    /// <summary>ASQ, 64 bits.</summary>
    public const int AdminSubmissionQueue = 0x28;

    /// <summary>ACQ, 64 bits.</summary>
    public const int AdminCompletionQueue = 0x30;

    /// <summary>Doorbells begin here.</summary>
    public const int Doorbells = 0x1000;

    /// <summary>CC.EN.</summary>
    public const uint Enable = 1;

    /// <summary>CC: completion entries of 16 bytes, submission entries of 64, memory pages of 4 KiB.</summary>
    public const uint EntrySizes = (4u << 20) | (6u << 16);

    /// <summary>CC.SHN, bits 15:14: all of it, and a normal shutdown.</summary>
    public const uint ShutdownMask = 3u << 14;
    public const uint NormalShutdown = 1u << 14;

    /// <summary>CSTS.RDY.</summary>
    public const uint Ready = 1;

    /// <summary>CSTS.CFS.</summary>
    public const uint Fatal = 2;

    /// <summary>CSTS.SHST, bits 3:2: all of it, and shutdown complete.</summary>
    public const uint ShutdownStatusMask = 3u << 2;
    public const uint ShutdownComplete = 2u << 2;

    /// <summary>What every register of a device reads that is gone or does not answer memory accesses.</summary>
    public const uint AllOnes = 0xFFFFFFFF;
}

/// <summary>The CAP register.</summary>
/// <param name="Value">Its 64 bits.</param>
internal readonly record struct NvmeCapabilities(ulong Value)
{
    /// <summary>Most entries of an I/O queue: MQES is 0-based.</summary>
    public int MaxQueueEntries => (int)(Value & 0xFFFF) + 1;

    /// <summary>Longest time the controller takes to become ready or not ready, from TO's units of 500 ms; a second at least.</summary>
    public int ReadyTimeoutMs => Math.Max(1000, (int)((Value >> 24) & 0xFF) * 500);

    /// <summary>Bytes from one doorbell to the next.</summary>
    public int DoorbellStrideBytes => 4 << (int)((Value >> 32) & 0xF);

    /// <summary>CC.CSS for reading a namespace of the NVM command set; null when the controller has none (an administrative one).</summary>
    public uint? CommandSet => ((Value >> 37) & 1) != 0 ? 0u : ((Value >> 43) & 1) != 0 ? 6u << 4 : null;

    /// <summary>Smallest memory page it takes.</summary>
    public long MinPageBytes => 4096L << (int)((Value >> 48) & 0xF);
}
