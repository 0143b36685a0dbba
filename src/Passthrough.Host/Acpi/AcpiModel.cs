using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Acpi;

/// <summary>Firmware tables that a passthrough audit needs.</summary>
public sealed record AcpiTables
{
    /// <summary>Names in <c>/sys/firmware/acpi/tables</c>.</summary>
    public required Reading<IReadOnlyList<string>> Names { get; init; }

    /// <summary>The Intel DMA remapping table.</summary>
    public required Reading<DmarTable> Dmar { get; init; }

    /// <summary>The AMD I/O virtualisation table.</summary>
    public required Reading<IvrsTable> Ivrs { get; init; }

    /// <summary>True when the folder lists a table of this name; null when the folder could not be listed.</summary>
    public bool? Has(string name) => Names.IsKnown ? Names.Value!.Contains(name) : null;
}

/// <summary>The standard header. Source: ACPI 6.5 §5.2.6.</summary>
public sealed record AcpiHeader(string Signature, uint Length, byte Revision, bool ChecksumValid, string OemId, string OemTableId);

/// <summary>A structure that was skipped because its type is not known.</summary>
public sealed record SkippedStructure(int Type, int Length);

/// <summary>DMAR. Source: Intel VT-d specification 4.1, chapter 8.</summary>
public sealed record DmarTable
{
    /// <summary>Header.</summary>
    public required AcpiHeader Header { get; init; }

    /// <summary>The table's width byte + 1.</summary>
    public required int HostAddressWidth { get; init; }

    /// <summary>Flags byte: bit 0 INTR_REMAP, bit 1 X2APIC_OPT_OUT, bit 2 DMA_CTRL_PLATFORM_OPT_IN.</summary>
    public required byte Flags { get; init; }

    /// <summary>Bit 0: the platform supports interrupt remapping.</summary>
    public bool InterruptRemapping => (Flags & 1) != 0;

    /// <summary>Bit 1: firmware asks the system not to enable x2APIC.</summary>
    public bool X2ApicOptOut => (Flags & 2) != 0;

    /// <summary>Bit 2: firmware asks the system to keep DMA restricted.</summary>
    public bool DmaControlOptIn => (Flags & 4) != 0;

    /// <summary>Remapping hardware units (type 0).</summary>
    public required IReadOnlyList<DmarUnit> Units { get; init; }

    /// <summary>Reserved memory regions (type 1).</summary>
    public required IReadOnlyList<DmarReservedRegion> ReservedRegions { get; init; }

    /// <summary>Root ports with ATS (type 2).</summary>
    public required IReadOnlyList<DmarAtsr> Atsr { get; init; }

    /// <summary>Proximity of units (type 3).</summary>
    public required IReadOnlyList<DmarRhsa> Rhsa { get; init; }

    /// <summary>ACPI namespace devices (type 4).</summary>
    public required IReadOnlyList<DmarAndd> Andd { get; init; }

    /// <summary>SoC integrated ATS devices (type 5).</summary>
    public required IReadOnlyList<DmarAtsr> Satc { get; init; }

    /// <summary>SoC integrated device properties (type 6).</summary>
    public required IReadOnlyList<DmarSidp> Sidp { get; init; }

    /// <summary>Structures of unknown type.</summary>
    public required IReadOnlyList<SkippedStructure> Skipped { get; init; }

    /// <summary>What does not add up, a sentence each: truncated, lying lengths, bad checksum.</summary>
    public required IReadOnlyList<string> Problems { get; init; }
}

/// <summary>Device scope entry. Type: endpoint (1), bridge (2), ioapic (3), hpet (4), namespace (5).</summary>
public sealed record DmarScope(int Type, byte EnumerationId, byte Bus, IReadOnlyList<(byte Device, byte Function)> Path);

/// <summary>DRHD.</summary>
public sealed record DmarUnit(ushort Segment, ulong RegisterBase, bool IncludeAll, IReadOnlyList<DmarScope> Scopes);

/// <summary>RMRR; limit is inclusive.</summary>
public sealed record DmarReservedRegion(ushort Segment, ulong Base, ulong Limit, IReadOnlyList<DmarScope> Scopes);

/// <summary>ATSR or SATC; flags bit 0 is ALL_PORTS (ATSR) or ATC_REQUIRED (SATC).</summary>
public sealed record DmarAtsr(ushort Segment, byte Flags, IReadOnlyList<DmarScope> Scopes);

/// <summary>RHSA.</summary>
public sealed record DmarRhsa(ulong RegisterBase, uint ProximityDomain);

/// <summary>ANDD.</summary>
public sealed record DmarAndd(byte DeviceNumber, string Name);

/// <summary>SIDP.</summary>
public sealed record DmarSidp(ushort Segment, IReadOnlyList<DmarScope> Scopes);

/// <summary>IVRS. Source: AMD I/O Virtualization Technology specification 3.08, chapter 5.</summary>
public sealed record IvrsTable
{
    /// <summary>Header.</summary>
    public required AcpiHeader Header { get; init; }

    /// <summary>IVinfo.</summary>
    public required uint IvInfo { get; init; }

    /// <summary>Hardware definition blocks (types 0x10, 0x11, 0x40), each listed even where they describe one unit.</summary>
    public required IReadOnlyList<IvrsHardwareBlock> Hardware { get; init; }

    /// <summary>Memory definition blocks (types 0x20, 0x21, 0x22).</summary>
    public required IReadOnlyList<IvrsMemoryBlock> Memory { get; init; }

    /// <summary>Blocks of unknown type.</summary>
    public required IReadOnlyList<SkippedStructure> Skipped { get; init; }

    /// <summary>What does not add up, a sentence each.</summary>
    public required IReadOnlyList<string> Problems { get; init; }
}

/// <summary>IVHD. <paramref name="DeviceEntries"/> counts its device entries; <paramref name="IoApicIds"/> are the I/O APICs its special entries name.</summary>
public sealed record IvrsHardwareBlock(byte Type, byte Flags, PciAddress DeviceId, ulong Base, int DeviceEntries, IReadOnlyList<byte> IoApicIds);

/// <summary>IVMD. Applies to <paramref name="DeviceId"/> (type 0x21), a range up to <paramref name="AuxiliaryId"/> (0x22) or all (0x20).</summary>
public sealed record IvrsMemoryBlock(byte Type, byte Flags, PciAddress DeviceId, ushort AuxiliaryId, ulong Start, ulong Length);
