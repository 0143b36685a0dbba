namespace Passthrough.Host.Acpi;

/// <summary>
/// Parses the DMA remapping table. Never throws: what does not add up is told as a problem, and what can be read is read.
/// Source: Intel VT-d specification 4.1, chapter 8.
/// </summary>
public static class DmarParser
{
    private const int FirstStructure = 48;

    /// <summary>Parses the table; null when the bytes are no DMAR or end before its width and flags.</summary>
    public static DmarTable? Parse(ReadOnlySpan<byte> bytes)
    {
        var problems = new List<string>();
        if (!bytes.StartsWith("DMAR"u8) || AcpiBytes.ReadHeader(bytes, problems) is not { } header || bytes.Length < FirstStructure)
        {
            return null;
        }

        var structures = new Structures(problems);
        structures.ReadAll(AcpiBytes.Body(bytes, header));
        return new DmarTable
        {
            Header = header,
            HostAddressWidth = bytes[36] + 1,
            Flags = bytes[37],
            Units = structures.Units,
            ReservedRegions = structures.ReservedRegions,
            Atsr = structures.Atsr,
            Rhsa = structures.Rhsa,
            Andd = structures.Andd,
            Satc = structures.Satc,
            Sidp = structures.Sidp,
            Skipped = structures.Skipped,
            Problems = problems,
        };
    }

    private sealed class Structures(List<string> problems)
    {
        // Bytes before the device scopes, or the whole where there is none, by type.
        private static readonly int[] _fixedLengths = [16, 24, 8, 20, 8, 8, 8];
        private static readonly string[] _names = ["DRHD", "RMRR", "ATSR", "RHSA", "ANDD", "SATC", "SIDP"];

        public List<DmarUnit> Units { get; } = [];

        public List<DmarReservedRegion> ReservedRegions { get; } = [];

        public List<DmarAtsr> Atsr { get; } = [];

        public List<DmarRhsa> Rhsa { get; } = [];

        public List<DmarAndd> Andd { get; } = [];

        public List<DmarAtsr> Satc { get; } = [];

        public List<DmarSidp> Sidp { get; } = [];

        public List<SkippedStructure> Skipped { get; } = [];

        public void ReadAll(ReadOnlySpan<byte> table)
        {
            int at = FirstStructure;
            while (at < table.Length)
            {
                if (table.Length - at < 4)
                {
                    problems.Add($"The table ends inside the structure at byte {at}.");
                    return;
                }

                int type = AcpiBytes.U16(table, at);
                int length = AcpiBytes.U16(table, at + 2);
                if (length < 4)
                {
                    problems.Add($"The structure of type {type} at byte {at} gives a length of {length} bytes; what follows cannot be read.");
                    return;
                }

                if (length > table.Length - at)
                {
                    problems.Add($"The structure of type {type} at byte {at} gives a length of {length} bytes, but {table.Length - at} are left.");
                    return;
                }

                ReadOne(type, table.Slice(at, length), at);
                at += length;
            }
        }

        private void ReadOne(int type, ReadOnlySpan<byte> bytes, int at)
        {
            if (type >= _fixedLengths.Length)
            {
                Skipped.Add(new SkippedStructure(type, bytes.Length));
                return;
            }

            int fixedLength = _fixedLengths[type];
            if (bytes.Length < fixedLength)
            {
                problems.Add($"The {_names[type]} at byte {at} has {bytes.Length} bytes, less than the {fixedLength} it needs.");
                return;
            }

            ushort segment = AcpiBytes.U16(bytes, 6);
            ReadOnlySpan<byte> rest = bytes[fixedLength..];
            switch (type)
            {
                case 0:
                    Units.Add(new DmarUnit(segment, AcpiBytes.U64(bytes, 8), (bytes[4] & 1) != 0, ReadScopes(rest, type, at)));
                    break;
                case 1:
                    ReservedRegions.Add(new DmarReservedRegion(segment, AcpiBytes.U64(bytes, 8), AcpiBytes.U64(bytes, 16), ReadScopes(rest, type, at)));
                    break;
                case 2:
                    Atsr.Add(new DmarAtsr(segment, bytes[4], ReadScopes(rest, type, at)));
                    break;
                case 3:
                    Rhsa.Add(new DmarRhsa(AcpiBytes.U64(bytes, 8), AcpiBytes.U32(bytes, 16)));
                    break;
                case 4:
                    Andd.Add(new DmarAndd(bytes[7], AcpiBytes.Text(rest)));
                    break;
                case 5:
                    Satc.Add(new DmarAtsr(segment, bytes[4], ReadScopes(rest, type, at)));
                    break;
                default:
                    Sidp.Add(new DmarSidp(segment, ReadScopes(rest, type, at)));
                    break;
            }
        }

        /// <summary>Scope: type, length, two bytes of flags or zero, enumeration id, start bus, then device and function pairs.</summary>
        private List<DmarScope> ReadScopes(ReadOnlySpan<byte> bytes, int type, int at)
        {
            var scopes = new List<DmarScope>();
            while (!bytes.IsEmpty)
            {
                int length = bytes.Length < 2 ? 0 : bytes[1];
                if (length < 6 || length > bytes.Length || length % 2 != 0)
                {
                    problems.Add($"A device scope of the {_names[type]} at byte {at} gives a length of {length} bytes, with {bytes.Length} left.");
                    return scopes;
                }

                var path = new List<(byte Device, byte Function)>();
                for (int i = 6; i < length; i += 2)
                {
                    path.Add((bytes[i], bytes[i + 1]));
                }

                scopes.Add(new DmarScope(bytes[0], bytes[4], bytes[5], path));
                bytes = bytes[length..];
            }

            return scopes;
        }
    }
}
