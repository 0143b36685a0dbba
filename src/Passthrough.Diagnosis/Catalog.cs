using Passthrough.Diagnosis.Waivers;

namespace Passthrough.Diagnosis;

/// <summary>
/// Every check, one line each. Native code has no reflection to find them; a test proves that none is missing here.
/// The lines stand in <c>Catalog.Platform.cs</c> (environment, firmware, kernel, command line, modules) and
/// <c>Catalog.Devices.cs</c> (units, groups, devices and host tuning) and <c>Catalog.Guests.cs</c> (guests).
/// </summary>
public static partial class Catalog
{
    // Lazy, because the order in which the fields of two files of one class are set is not defined.
    private static readonly Lazy<IReadOnlyList<Check>> _all = new(static () =>
    {
        Check[] checks = [.. Platform!, .. Devices!, .. Guests!];
        Array.Sort(checks, static (left, right) => left.Section == right.Section ? string.CompareOrdinal(left.Id, right.Id) : left.Section.CompareTo(right.Section));
        return [.. checks, new Wav001Waivers()];
    });

    /// <summary>All checks in the order a report shows them.</summary>
    public static IReadOnlyList<Check> All => _all.Value;

    /// <summary>The check with this id, or null. Letter case does not matter, nor does the dash: "iom-001", "IOM001".</summary>
    public static Check? Find(string? id)
    {
        string wanted = Key(id);
        return wanted.Length == 0 ? null : All.FirstOrDefault(check => Key(check.Id) == wanted);
    }

    /// <summary>True when both texts name the same check, whatever their case and dashes.</summary>
    public static bool IsSameId(string? left, string? right) => Key(left) is { Length: > 0 } key && key == Key(right);

    private static string Key(string? id) => id is null
        ? ""
        : id.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).Trim().ToUpperInvariant();
}
