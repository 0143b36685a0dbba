using System.Globalization;
using Passthrough.Results;
using Passthrough.Results.Statistics;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary>Results and comparisons as text.</summary>
internal static class ResultsText
{
    /// <summary>One row a workload, parameters and variant.</summary>
    public static void Draw(IAnsiConsole console, ResultsDocument document)
    {
        Label(console, document.Machine);
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("Workload", "Parameters", "Variant", "Runs", "Median", "Lowest", "Highest", "p99 of the median run");
        foreach (IGrouping<(string, string, string), WorkloadRun> group in document.Workloads.GroupBy(run =>
            (run.Name, string.Join(' ', run.Parameters.Select(item => $"{item.Key}={item.Value}")), run.Variant)))
        {
            List<WorkloadRun> counted = [.. group.Where(run => run.Value is not null).OrderBy(run => run.Value)];
            string unit = group.First().Unit;
            table.AddRow(new Text(group.Key.Item1), new Text(group.Key.Item2), new Text(group.Key.Item3),
                new Text(counted.Count.ToString(CultureInfo.InvariantCulture) + (counted.Count < group.Count() ? $" of {group.Count()}" : "")),
                new Text(counted.Count == 0 ? "-" : Value(Quantiles.Median(counted.Select(run => run.Value!.Value)), unit)),
                new Text(counted.Count == 0 ? "-" : Value(counted[0].Value!.Value, unit)),
                new Text(counted.Count == 0 ? "-" : Value(counted[^1].Value!.Value, unit)),
                new Text(counted.Count > 0 && counted[counted.Count / 2].Percentiles?.P99 is { } tail ? Value(tail, "nanoseconds") : "–"));
        }

        console.Write(table);
        foreach (SkippedWorkload skipped in document.Skipped)
        {
            console.WriteLine($"skipped {skipped.Name}: {skipped.Reason}");
        }
    }

    /// <summary>One row a comparison.</summary>
    public static void Draw(IAnsiConsole console, ComparisonDocument document)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("Workload", "Factor", "Before → after", "Ratio", "95 % interval", "Verdict", "n", "Noise floor", "Detectable", "Witness");
        foreach (Comparison item in document.Comparisons)
        {
            table.AddRow(new Text(item.Workload), new Text(item.Factor ?? ""),
                new Text(item is { BeforeMedian: { } before, AfterMedian: { } after } ? $"{Value(before, item.Unit)} → {Value(after, item.Unit)}" : "-"),
                new Text(Ratio(item.Ratio)), new Text(item is { Low: { } low, High: { } high } ? $"{Ratio(low)} to {Ratio(high)}" : "-"),
                new Text(Words(item.Verdict)), new Text($"{item.N.Before}+{item.N.After}"),
                new Text(item.NoiseFloor is { } floor ? $"{Ratio(floor.Low)} to {Ratio(floor.High)}" : "not measured"),
                new Text(item.MinimumDetectable is { } smallest ? smallest.ToString("P0", CultureInfo.InvariantCulture) : "-"),
                new Text(item.Witness is { } witness
                    ? string.Create(CultureInfo.InvariantCulture, $"{witness.Name} {witness.Before:0.##} → {witness.After:0.##}{(witness.Moved ? "" : " (did not move)")}")
                    : "none"));
        }

        console.Write(table);
    }

    /// <summary>The five verdicts in words.</summary>
    public static string Words(ComparisonVerdict verdict) => verdict switch
    {
        ComparisonVerdict.Better => "better",
        ComparisonVerdict.Worse => "worse",
        ComparisonVerdict.NoDifference => "no practical difference",
        ComparisonVerdict.TooFewRuns => "too few runs",
        _ => "inconclusive",
    };

    /// <summary>The line that says when figures only show that the path works.</summary>
    public static void Label(IAnsiConsole console, MachineSummary machine)
    {
        if (machine.Emulated)
        {
            console.WriteLine($"Functional only: emulated machine ({machine.EmulatedReason}).");
        }
    }

    private static string Ratio(double? ratio) => ratio is { } value ? value.ToString("0.000", CultureInfo.InvariantCulture) : "-";

    /// <summary>A value with its unit.</summary>
    public static string Value(double value, string unit) => unit switch
    {
        "nanoseconds" when value >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.00} ms"),
        "nanoseconds" when value >= 1e4 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0.0} µs"),
        "nanoseconds" => string.Create(CultureInfo.InvariantCulture, $"{value:0.0} ns"),
        "bytesPerSecond" => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.0} MB/s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value:N0}/s"),
    };
}
