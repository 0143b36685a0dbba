using System.Buffers.Binary;

namespace Passthrough.Guests.Boot;

/// <summary>
/// Makes DMAR tables for QEMU's Intel IOMMU on q35, to be put in the place of QEMU's own. Source: Intel Virtualization Technology for
/// Directed I/O, chapter 8; the addresses are those of QEMU's table (one unit at fed90000, the I/O APIC as ff:00.0, 39 address bits).
/// </summary>
internal static class DmarTable
{
    private const int HeaderBytes = 48;

    /// <summary>What differs from the healthy table.</summary>
    public sealed record Content
    {
        /// <summary>The INTR_REMAP flag.</summary>
        public bool InterruptRemapping { get; init; } = true;

        /// <summary>A reserved range and the bridge (device, function on bus 0) above the function (00.0 behind it) that it is reserved for.</summary>
        public (ulong Base, ulong Limit, byte BridgeDevice, byte BridgeFunction)? Reserved { get; init; }

        /// <summary>An ATSR structure for all ports.</summary>
        public bool HasAtsr { get; init; }
    }

    /// <summary>The bytes, with their checksum, in the archive's form that the kernel looks for before it looks for an initramfs.</summary>
    public static byte[] Build(Content content)
    {
        var body = new List<byte>();

        // A unit for all functions (INCLUDE_PCI_ALL), and the I/O APIC as its one scope.
        body.AddRange(Structure(0, 16 + 8, [1, 0, 0, 0, .. Long(0xfed9_0000), 3, 8, 0, 0, 0, 0xff, 0, 0]));
        if (content.Reserved is { } reserved)
        {
            body.AddRange(Structure(1, 24 + 10,
            [
                0, 0, 0, 0, .. Long(reserved.Base), .. Long(reserved.Limit),
                1, 10, 0, 0, 0, 0, reserved.BridgeDevice, reserved.BridgeFunction, 0, 0,
            ]));
        }

        if (content.HasAtsr)
        {
            body.AddRange(Structure(2, 8, [1, 0, 0, 0]));
        }

        byte[] table = new byte[HeaderBytes + body.Count];
        "DMAR"u8.CopyTo(table);
        BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(4), table.Length);
        table[8] = 1;
        "BOCHS "u8.CopyTo(table.AsSpan(10));
        "BXPC    "u8.CopyTo(table.AsSpan(16));

        // Only a higher revision takes the place of the machine's own table.
        BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(24), 2);
        "BXPC"u8.CopyTo(table.AsSpan(28));
        BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(32), 1);
        table[36] = 39 - 1;
        table[37] = content.InterruptRemapping ? (byte)1 : (byte)0;
        body.CopyTo(table, HeaderBytes);
        table[9] = (byte)-table.Aggregate((byte)0, static (sum, value) => (byte)(sum + value));
        return table;
    }

    /// <summary>An uncompressed archive with the table, to stand before an initramfs. Source: Documentation/admin-guide/acpi/initrd_table_override.rst.</summary>
    public static byte[] Archive(byte[] table)
    {
        var archive = new CpioArchive();
        archive.AddDirectory("kernel");
        archive.AddDirectory("kernel/firmware");
        archive.AddDirectory("kernel/firmware/acpi");
        archive.AddFile("kernel/firmware/acpi/DMAR.aml", table, executable: false);
        return archive.ToArray();
    }

    private static byte[] Structure(ushort type, int length, byte[] rest)
    {
        byte[] bytes = new byte[length];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, type);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), (ushort)length);
        rest.CopyTo(bytes, 4);
        return bytes;
    }

    private static byte[] Long(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }
}
