using System.Globalization;

namespace Passthrough.Reports.Charts;

/// <summary>A range with the ticks that are labelled. A logarithmic axis holds decimal logarithms.</summary>
/// <param name="Low">Left or lower end.</param>
/// <param name="High">Right or upper end, above <paramref name="Low"/>.</param>
/// <param name="Ticks">Positions and their texts.</param>
internal sealed record Axis(double Low, double High, IReadOnlyList<(double Position, string Text)> Ticks)
{
    /// <summary>A linear axis that holds all values with some room, with about five round ticks.</summary>
    /// <param name="values">Finite values; none gives an axis from 0 to 1.</param>
    public static Axis Linear(IEnumerable<double> values)
    {
        (double low, double high) = Room(values, 0.08, 0);
        double step = Step((high - low) / 5);
        var ticks = new List<(double, string)>();
        for (double index = Math.Ceiling(low / step); index * step <= high && ticks.Count < 20; index++)
        {
            // The quotient may round up to a multiple that lies a last digit below the axis.
            if (index * step >= low)
            {
                ticks.Add((index * step, Text(index * step, step)));
            }
        }

        return new Axis(low, high, ticks);
    }

    /// <summary>A logarithmic axis of positive values, labelled at powers of ten and, where it spans few of them, at 2 and 5 or finer.</summary>
    /// <param name="logs">Decimal logarithms.</param>
    /// <param name="text">Writes a value (not its logarithm).</param>
    public static Axis Logarithmic(IEnumerable<double> logs, Func<double, string> text)
    {
        // At least 15 percent wide: ticks with three digits stay apart, and a tiny difference is not drawn as a large one.
        (double low, double high) = Room(logs, 0.06, 0.06);
        double[] mantissas = (high - low) switch
        {
            > 3 => [1],
            > 1 => [1, 2, 5],
            _ => [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9],
        };
        (double, string)[] ticks = [.. Enumerable.Range((int)Math.Floor(low), (int)Math.Ceiling(high) - (int)Math.Floor(low) + 1)
            .SelectMany(power => mantissas.Select(mantissa => mantissa * Math.Pow(10, power)))
            .Where(value => Math.Log10(value) >= low && Math.Log10(value) <= high)
            .Select(value => (Math.Log10(value), text(value)))];

        // A span inside one decade may hold no such tick, or one: then round steps of the value itself.
        return ticks.Length >= 3 ? new Axis(low, high, ticks) : new Axis(low, high, Fine(low, high, text));
    }

    private static (double, string)[] Fine(double low, double high, Func<double, string> text)
    {
        double first = Math.Pow(10, low);
        double last = Math.Pow(10, high);
        double step = Step((last - first) / 5);
        return [.. Enumerable.Range(0, 20)
            .Select(i => (Math.Ceiling(first / step) + i) * step)
            .Where(value => value > 0 && value <= last)
            .Select(value => (Math.Log10(value), text(value)))];
    }

    private static (double Low, double High) Room(IEnumerable<double> values, double share, double least)
    {
        double[] all = [.. values.Where(double.IsFinite)];
        if (all.Length == 0)
        {
            return (0, 1);
        }

        double low = all.Min();
        double high = all.Max();

        // Differences in the last digits of large numbers are no span that ticks could be set in.
        bool isSpan = high - low > 1e-9 * Math.Max(Math.Abs(low), Math.Abs(high));
        double room = isSpan ? (high - low) * share : Math.Max(Math.Abs(high) * 0.05, 1e-3);
        double missing = Math.Max(0, (least - (high - low + (2 * room))) / 2);
        return (low - room - missing, high + room + missing);
    }

    /// <summary>1, 2 or 5 times a power of ten, at or above <paramref name="wanted"/>.</summary>
    private static double Step(double wanted)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(wanted)));
        return power * (wanted / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
    }

    private static string Text(double value, double step)
    {
        int decimals = Math.Clamp(-(int)Math.Floor(Math.Log10(step) + 1e-9), 0, 12);
        double rounded = Math.Round(value, decimals);
        return (rounded == 0 ? 0 : rounded).ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }
}
