namespace Passthrough.Host.Acpi;

/// <summary>A decoded file.</summary>
/// <param name="Table">"DMAR" or "IVRS" as the signature says; null when the bytes are no such table.</param>
/// <param name="Dmar">The table, when it is a DMAR and long enough to hold one.</param>
/// <param name="Ivrs">The table, when it is an IVRS and long enough to hold one.</param>
/// <param name="Problem">Why there is no table: another signature, no bytes, or a table that ends before its first structure.</param>
public sealed record AcpiDecoded(string? Table, DmarTable? Dmar, IvrsTable? Ivrs, string? Problem);

/// <summary>Decodes the bytes of a firmware table by its signature.</summary>
public static class AcpiDecoder
{
    /// <summary>Decodes any bytes. A broken table keeps its name; bytes that are no DMAR or IVRS have none.</summary>
    public static AcpiDecoded Decode(ReadOnlyMemory<byte> content)
    {
        ReadOnlySpan<byte> bytes = content.Span;
        if (bytes.StartsWith("DMAR"u8))
        {
            DmarTable? dmar = DmarParser.Parse(bytes);
            return new AcpiDecoded("DMAR", dmar, null, dmar is null ? TooShort("DMAR", bytes.Length) : null);
        }

        if (bytes.StartsWith("IVRS"u8))
        {
            IvrsTable? ivrs = IvrsParser.Parse(bytes);
            return new AcpiDecoded("IVRS", null, ivrs, ivrs is null ? TooShort("IVRS", bytes.Length) : null);
        }

        return new AcpiDecoded(null, null, null, bytes.IsEmpty
            ? "There are no bytes."
            : $"The signature is \"{AcpiBytes.Text(bytes[..Math.Min(4, bytes.Length)])}\", neither DMAR nor IVRS.");
    }

    private static string TooShort(string table, int length) =>
        $"The {table} table ends after {length} bytes, before its first structure at byte 48.";
}
