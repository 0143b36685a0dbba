using System.Globalization;
using Passthrough.Results.Statistics;

namespace Passthrough.Results.Comparing;

/// <summary>What else than the knob differs between two series, by what was recorded with each run.</summary>
internal static class Confounders
{
    /// <summary>Below this share a difference of readings is that of the readings.</summary>
    private const double Notable = 0.05;

    private static readonly (string Name, Func<RunConditions, string?> Of)[] Words =
    [
        ("governor", conditions => conditions.Governor),
        ("clock source", conditions => conditions.Clocksource),
        ("mitigations", conditions => conditions.Mitigations),
        ("microcode", conditions => conditions.Microcode),
        ("irqbalance", conditions => conditions.Irqbalance is { } runs ? (runs ? "running" : "not running") : null),
        ("transparent huge pages", conditions => conditions.TransparentHugePages),
        ("turbo", conditions => conditions.Turbo is { } on ? (on ? "allowed" : "off") : null),
    ];

    private static readonly (string Name, string Format, Func<RunConditions, double?> Of)[] Numbers =
    [
        ("CPU frequency", "0,,,.### GHz", conditions => conditions.FrequencyHz),
        ("steal ticks", "0.#", conditions => conditions.StealTicks),
        ("load average", "0.##", conditions => conditions.LoadAverage),
        ("temperature", "0.# °C", conditions => conditions.TemperatureC),
    ];

    /// <summary>
    /// Words: the sides saw different sets of them. Numbers: the middle halves of the runs have no value in common and the medians are
    /// more than 5 % apart. What one side did not record is not compared.
    /// </summary>
    public static IReadOnlyList<Confounder> Find(Series before, Series after)
    {
        RunConditions[] first = [.. before.Accepted.Select(run => run.Conditions).OfType<RunConditions>()];
        RunConditions[] second = [.. after.Accepted.Select(run => run.Conditions).OfType<RunConditions>()];
        return
        [
            .. Words.Select(fact => Different(fact.Name, [.. first.Select(fact.Of).OfType<string>()], [.. second.Select(fact.Of).OfType<string>()])).OfType<Confounder>(),
            .. Numbers.Select(fact => Apart(fact.Name, fact.Format,
                [.. first.Select(fact.Of).OfType<double>().Order()], [.. second.Select(fact.Of).OfType<double>().Order()])).OfType<Confounder>(),
        ];
    }

    private static Confounder? Different(string name, string[] before, string[] after)
    {
        HashSet<string> first = [.. before];
        return before.Length == 0 || after.Length == 0 || first.SetEquals(after)
            ? null
            : new Confounder(name, string.Join(" | ", first.Order(StringComparer.Ordinal)), string.Join(" | ", after.Distinct().Order(StringComparer.Ordinal)));
    }

    private static Confounder? Apart(string name, string format, double[] before, double[] after)
    {
        if (before.Length == 0 || after.Length == 0)
        {
            return null;
        }

        double first = Quantiles.OfSorted(before, 0.5);
        double second = Quantiles.OfSorted(after, 0.5);
        bool apart = Quantiles.OfSorted(before, 0.75) < Quantiles.OfSorted(after, 0.25) || Quantiles.OfSorted(after, 0.75) < Quantiles.OfSorted(before, 0.25);
        return apart && Math.Abs(second - first) > Notable * Math.Max(Math.Abs(first), Math.Abs(second))
            ? new Confounder(name, first.ToString(format, CultureInfo.InvariantCulture), second.ToString(format, CultureInfo.InvariantCulture))
            : null;
    }
}
