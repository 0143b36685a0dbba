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
        SweepTable.Draw(console, document);
        foreach (WorkloadRun run in document.Workloads.Where(run => run.Rejected is not null))
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"rejected {run.Name} {run.Variant}, run {run.Run + 1}: {run.Rejected}"));
        }

        foreach (WorkloadRun run in document.Workloads.Where(run => run.Unsteady is not null))
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"not steady {run.Name} {run.Variant}, run {run.Run + 1}: {run.Unsteady}"));
        }

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
            table.AddRow(new Text(item.Statistic == "value" ? item.Workload : $"{item.Workload} {item.Statistic}"), new Text(item.Factor ?? ""),
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
        foreach (Comparison item in document.Comparisons)
        {
            Details(console, item);
        }

        if (document.FunctionalOnly is { } reason)
        {
            console.WriteLine($"Functional only: {reason.TrimEnd('.')}.");
        }

        foreach (Claim claim in document.Claims)
        {
            string on = claim.Comparison is null ? "" : $" on {claim.Comparison}";
            console.WriteLine($"claim \"{claim.Text}\"{on}: {(claim.Verdict == "notTestable" ? "not testable here" : claim.Verdict)}. {claim.Reason}");
        }
    }

    /// <summary>What stands beside a row: confounders, runs left out, the bootstrap, the power of a null.</summary>
    private static void Details(IAnsiConsole console, Comparison item)
    {
        string name = $"{item.Workload}{(item.Factor is null ? "" : ", " + item.Factor)}{(item.Statistic == "value" ? "" : ", " + item.Statistic)}";
        foreach (Confounder confounder in item.Confounders)
        {
            console.WriteLine($"{name}: {confounder.Name} also differs, {confounder.Before} before and {confounder.After} after");
        }

        foreach (RejectedRun run in item.RejectedRuns)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {run.Variant} run {run.Run + 1} left out: {run.Rule}"));
        }

        if (item.Unsteady.Before + item.Unsteady.After > 0)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name}: {item.Unsteady.Before} + {item.Unsteady.After} runs did not reach a steady state and still count"));
        }

        if (item.Bootstrap is { } bootstrap)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name}: bootstrapped (BCa) {Ratio(bootstrap.Ratio)} [{Ratio(bootstrap.Low)} to {Ratio(bootstrap.High)}], {bootstrap.Resamples} resamples, seed {bootstrap.Seed}"));
        }

        if (item.Verdict is ComparisonVerdict.Inconclusive or ComparisonVerdict.NoDifference && item.MinimumDetectable is { } smallest)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: a change of {smallest * 100:0.#} % or more would have been found in four studies of five"));
        }
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

    /// <summary>A value with the unit that suits its size.</summary>
    public static string Value(double value, string unit) => unit switch
    {
        "nanoseconds" when value >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.00} ms"),
        "nanoseconds" when value >= 1e4 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0.0} µs"),
        "nanoseconds" => string.Create(CultureInfo.InvariantCulture, $"{value:0.0} ns"),
        "bytesPerSecond" => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.0} MB/s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value:N0}/s"),
    };
}
