using System.Globalization;
using System.Text.Json;

namespace Passthrough.Reports.Json;

/// <summary>The contract's spelling of enums, ids and addresses.</summary>
internal static class Words
{
    /// <summary>An enum member in camelCase.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>Four lower-case hex digits without 0x.</summary>
    public static string? Id(Host.Evidence.Reading<ushort> reading) =>
        reading.IsKnown ? reading.Value.ToString("x4", CultureInfo.InvariantCulture) : null;

    /// <summary>0x and lower-case hex without leading zeros.</summary>
    public static string Hex(ulong value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Two hex digits without 0x.</summary>
    public static string Byte(byte value) => value.ToString("x2", CultureInfo.InvariantCulture);
}
