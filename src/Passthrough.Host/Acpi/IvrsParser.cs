using Passthrough.Host.Pci;

namespace Passthrough.Host.Acpi;

/// <summary>
/// Parses the AMD I/O virtualisation table. Never throws: what does not add up is told as a problem.
/// Source: AMD I/O Virtualization Technology specification 3.08, chapter 5.
/// </summary>
public static class IvrsParser
{
    private const int FirstBlock = 48;
    private const int MemoryBlockLength = 32;
    private const byte SpecialDevice = 0x48;
    private const byte AcpiHidDevice = 0xf0;
    private const byte IoApicVariety = 1;

    /// <summary>Parses the table; null when the bytes are no IVRS or end before its first block.</summary>
    public static IvrsTable? Parse(ReadOnlySpan<byte> bytes)
    {
        var problems = new List<string>();
        if (!bytes.StartsWith("IVRS"u8) || AcpiBytes.ReadHeader(bytes, problems) is not { } header || bytes.Length < FirstBlock)
        {
            return null;
        }

        var hardware = new List<IvrsHardwareBlock>();
        var memory = new List<IvrsMemoryBlock>();
        var skipped = new List<SkippedStructure>();
        ReadOnlySpan<byte> table = AcpiBytes.Body(bytes, header);
        int at = FirstBlock;
        while (at < table.Length)
        {
            int length = table.Length - at < 4 ? 0 : AcpiBytes.U16(table, at + 2);
            if (length < 4 || length > table.Length - at)
            {
                problems.Add(length == 0 && table.Length - at < 4
                    ? $"The table ends inside the block at byte {at}."
                    : $"The block of type 0x{table[at]:x2} at byte {at} gives a length of {length} bytes, with {table.Length - at} left.");
                break;
            }

            ReadOnlySpan<byte> block = table.Slice(at, length);
            switch (block[0])
            {
                case 0x10 or 0x11 or 0x40:
                    ReadHardware(block, at, hardware, problems);
                    break;
                case 0x20 or 0x21 or 0x22:
                    ReadMemory(block, at, memory, problems);
                    break;
                default:
                    skipped.Add(new SkippedStructure(block[0], length));
                    break;
            }

            at += length;
        }

        return new IvrsTable
        {
            Header = header,
            IvInfo = AcpiBytes.U32(bytes, 36),
            Hardware = hardware,
            Memory = memory,
            Skipped = skipped,
            Problems = problems,
        };
    }

    private static void ReadHardware(ReadOnlySpan<byte> block, int at, List<IvrsHardwareBlock> hardware, List<string> problems)
    {
        // Types 0x11 and 0x40 carry the extended feature register and a reserved quad word before their entries.
        int head = block[0] == 0x10 ? 24 : 40;
        if (block.Length < head)
        {
            problems.Add($"The IVHD at byte {at} has {block.Length} bytes, less than the {head} it needs.");
            return;
        }

        var ioApics = new List<byte>();
        int entries = 0;
        ReadOnlySpan<byte> rest = block[head..];
        while (!rest.IsEmpty)
        {
            int length = EntryLength(rest);
            if (length == 0 || length > rest.Length)
            {
                problems.Add($"A device entry of type 0x{rest[0]:x2} of the IVHD at byte {at} does not fit into the {rest.Length} bytes left.");
                break;
            }

            entries++;
            if (rest[0] == SpecialDevice && rest[7] == IoApicVariety)
            {
                ioApics.Add(rest[4]);
            }

            rest = rest[length..];
        }

        var device = PciAddress.FromRequesterId(AcpiBytes.U16(block, 16), AcpiBytes.U16(block, 4));
        hardware.Add(new IvrsHardwareBlock(block[0], block[1], device, AcpiBytes.U64(block, 8), entries, ioApics));
    }

    /// <summary>Bytes of the entry at the start; 0 when its length is not known. The two high bits give it, but for ACPI HID entries.</summary>
    private static int EntryLength(ReadOnlySpan<byte> entry) =>
        entry[0] switch
        {
            < 0x40 => 4,
            < 0x80 => 8,
            < 0xc0 => 16,
            AcpiHidDevice => entry.Length > 21 ? 22 + entry[21] : 0,
            _ => 32,
        };

    private static void ReadMemory(ReadOnlySpan<byte> block, int at, List<IvrsMemoryBlock> memory, List<string> problems)
    {
        if (block.Length < MemoryBlockLength)
        {
            problems.Add($"The IVMD at byte {at} has {block.Length} bytes, less than the {MemoryBlockLength} it needs.");
            return;
        }

        // The segment took the place of reserved bytes, which were zero.
        var device = PciAddress.FromRequesterId(AcpiBytes.U16(block, 8), AcpiBytes.U16(block, 4));
        memory.Add(new IvrsMemoryBlock(block[0], block[1], device, AcpiBytes.U16(block, 6), AcpiBytes.U64(block, 16), AcpiBytes.U64(block, 24)));
    }
}
