using System.Globalization;

namespace Passthrough.Reports.Html;

/// <summary>Numbers as a person reads them; the same in every culture.</summary>
internal static class Numbers
{
    /// <summary>What stands where nothing is known.</summary>
    public const string Unknown = "unknown";

    /// <summary>Between a number and its unit, which belong on one line.</summary>
    private const string NoBreak = "\u00a0";

    /// <summary>Three significant digits and a unit that fits: 12.3 µs, 3.21 GB/s, 51 200 /s. An unknown unit is written as it is.</summary>
    public static string Value(double? value, string unit)
    {
        if (value is not { } number || !double.IsFinite(number))
        {
            return "–";
        }

        (double factor, string name) = Scale(number, unit);
        return Digits(number / factor) + NoBreak + name;
    }

    /// <summary>The factor and name of the unit in which values up to <paramref name="largest"/> read well.</summary>
    public static (double Factor, string Name) Scale(double largest, string unit)
    {
        double size = Math.Abs(largest);
        return unit switch
        {
            "nanoseconds" => size switch { >= 1e9 => (1e9, "s"), >= 1e6 => (1e6, "ms"), >= 1e3 => (1e3, "µs"), _ => (1, "ns") },
            "bytesPerSecond" => size switch { >= 1e9 => (1e9, "GB/s"), >= 1e6 => (1e6, "MB/s"), >= 1e3 => (1e3, "kB/s"), _ => (1, "B/s") },
            "perSecond" => size switch { >= 1e6 => (1e6, "M/s"), >= 1e3 => (1e3, "k/s"), _ => (1, "/s") },
            _ => (1, unit),
        };
    }

    /// <summary>Three significant digits without an exponent where that is short.</summary>
    public static string Digits(double value)
    {
        double size = Math.Abs(value);
        if (size is >= 1e7 or (> 0 and < 1e-4))
        {
            return value.ToString("0.##e+0", CultureInfo.InvariantCulture);
        }

        string format = size switch { >= 100 => "0", >= 10 => "0.#", >= 1 => "0.##", _ => "0.####" };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>A ratio as a change with its sign: 0.8 is −20 %.</summary>
    public static string Change(double? ratio) => ratio is { } value ? Percent(value - 1, signed: true) : "–";

    /// <summary>A share as percent: 0.05 is 5 %.</summary>
    public static string Percent(double share, bool signed = false)
    {
        double percent = share * 100;
        string digits = Math.Abs(percent) switch { >= 1000 => percent.ToString("0", CultureInfo.InvariantCulture), >= 10 => percent.ToString("0.#", CultureInfo.InvariantCulture), _ => percent.ToString("0.##", CultureInfo.InvariantCulture) };
        string text = digits.Replace('-', '−');
        return (signed && percent > 0 && text != "0" ? "+" : "") + (text == "−0" ? "0" : text) + NoBreak + "%";
    }

    /// <summary>Bytes in binary units: 16 GiB.</summary>
    public static string Bytes(long? bytes) => bytes switch
    {
        null => Unknown,
        >= 1L << 40 => Digits(bytes.Value / (double)(1L << 40)) + NoBreak + "TiB",
        >= 1L << 30 => Digits(bytes.Value / (double)(1L << 30)) + NoBreak + "GiB",
        >= 1L << 20 => Digits(bytes.Value / (double)(1L << 20)) + NoBreak + "MiB",
        >= 1L << 10 => Digits(bytes.Value / 1024.0) + NoBreak + "KiB",
        _ => bytes.Value.ToString(CultureInfo.InvariantCulture) + NoBreak + "B",
    };

    /// <summary>A counter's value; one whose name ends in "Bytes" in binary units.</summary>
    public static string Counter(string name, double value) =>
        name.EndsWith("Bytes", StringComparison.Ordinal) && Math.Abs(value) < long.MaxValue ? Bytes((long)value) : Digits(value);

    /// <summary>A whole number.</summary>
    public static string Whole(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? Unknown;
}
