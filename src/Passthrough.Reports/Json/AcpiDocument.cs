using System.Globalization;
using Passthrough.Host.Acpi;

namespace Passthrough.Reports.Json;

/// <summary><c>ptdiag.acpi/1</c>: a decoded DMAR or IVRS.</summary>
internal sealed record AcpiDocument(string Schema, ToolInfo Tool, string Table, int Revision, string OemId, bool ChecksumValid,
    DmarEntry? Dmar, IvrsEntry? Ivrs, IReadOnlyList<object> Skipped, IReadOnlyList<string> Problems)
{
    public static AcpiDocument From(DmarTable table, ToolInfo tool) => new(
        "ptdiag.acpi/1", tool, "DMAR", table.Header.Revision, table.Header.OemId, table.Header.ChecksumValid,
        DmarEntry.From(table), null, [.. table.Skipped.Select(item => new SkippedNumber(item.Type, item.Length))], table.Problems);

    public static AcpiDocument From(IvrsTable table, ToolInfo tool) => new(
        "ptdiag.acpi/1", tool, "IVRS", table.Header.Revision, table.Header.OemId, table.Header.ChecksumValid,
        null, IvrsEntry.From(table), [.. table.Skipped.Select(item => new SkippedHex(Words.Byte((byte)item.Type), item.Length))], table.Problems);
}

internal sealed record SkippedNumber(int Type, int Length);

internal sealed record SkippedHex(string Type, int Length);

internal sealed record DmarFlags(bool InterruptRemapping, bool X2apicOptOut, bool DmaControlOptIn);

internal sealed record ScopeEntry(string Type, string Bus, IReadOnlyList<string> Path, int EnumerationId)
{
    public static IReadOnlyList<ScopeEntry> From(IReadOnlyList<DmarScope> scopes) => [.. scopes.Select(scope => new ScopeEntry(
        scope.Type switch
        {
            1 => "endpoint",
            2 => "bridge",
            3 => "ioapic",
            4 => "hpet",
            5 => "namespace",
            _ => scope.Type.ToString(CultureInfo.InvariantCulture),
        },
        Words.Byte(scope.Bus),
        [.. scope.Path.Select(hop => string.Create(CultureInfo.InvariantCulture, $"{hop.Device:x2}.{hop.Function:x}"))],
        scope.EnumerationId))];
}

internal sealed record DrhdEntry(int Segment, string RegisterBase, bool IncludeAll, IReadOnlyList<ScopeEntry> Scopes);

internal sealed record RmrrEntry(int Segment, string Base, string Limit, IReadOnlyList<ScopeEntry> Scopes);

internal sealed record AtsrEntry(int Segment, int Flags, IReadOnlyList<ScopeEntry> Scopes);

internal sealed record RhsaEntry(string RegisterBase, long ProximityDomain);

internal sealed record AnddEntry(int DeviceNumber, string Name);

internal sealed record SidpEntry(int Segment, IReadOnlyList<ScopeEntry> Scopes);

internal sealed record DmarEntry(int HostAddressWidth, DmarFlags Flags, IReadOnlyList<DrhdEntry> Drhd, IReadOnlyList<RmrrEntry> Rmrr,
    IReadOnlyList<AtsrEntry> Atsr, IReadOnlyList<RhsaEntry> Rhsa, IReadOnlyList<AnddEntry> Andd, IReadOnlyList<AtsrEntry> Satc, IReadOnlyList<SidpEntry> Sidp)
{
    public static DmarEntry From(DmarTable table) => new(
        table.HostAddressWidth,
        new DmarFlags(table.InterruptRemapping, table.X2ApicOptOut, table.DmaControlOptIn),
        [.. table.Units.Select(unit => new DrhdEntry(unit.Segment, Words.Hex(unit.RegisterBase), unit.IncludeAll, ScopeEntry.From(unit.Scopes)))],
        [.. table.ReservedRegions.Select(item => new RmrrEntry(item.Segment, Words.Hex(item.Base), Words.Hex(item.Limit), ScopeEntry.From(item.Scopes)))],
        [.. table.Atsr.Select(Ats)],
        [.. table.Rhsa.Select(item => new RhsaEntry(Words.Hex(item.RegisterBase), item.ProximityDomain))],
        [.. table.Andd.Select(item => new AnddEntry(item.DeviceNumber, item.Name))],
        [.. table.Satc.Select(Ats)],
        [.. table.Sidp.Select(item => new SidpEntry(item.Segment, ScopeEntry.From(item.Scopes)))]);

    private static AtsrEntry Ats(DmarAtsr item) => new(item.Segment, item.Flags, ScopeEntry.From(item.Scopes));
}

internal sealed record IvhdEntry(string Type, int Segment, string DeviceId, string Base, int Devices);

internal sealed record IvmdEntry(string Type, string Start, string Length, string DeviceId);

internal sealed record IvrsEntry(IReadOnlyList<IvhdEntry> Ivhd, IReadOnlyList<IvmdEntry> Ivmd)
{
    public static IvrsEntry From(IvrsTable table) => new(
        [.. table.Hardware.Select(block => new IvhdEntry(Words.Byte(block.Type), (int)block.DeviceId.Domain, block.DeviceId.ToString(),
            Words.Hex(block.Base), block.DeviceEntries))],
        [.. table.Memory.Select(block => new IvmdEntry(Words.Byte(block.Type), Words.Hex(block.Start), Words.Hex(block.Length),
            block.DeviceId.ToString()))]);
}
