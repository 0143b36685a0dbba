namespace Passthrough.Results.Json;

/// <summary>Documents as they are written: dictionaries in ordinal order, and null where a number is none.</summary>
internal static class Canonical
{
    /// <summary>A document that can be written.</summary>
    public static ResultsDocument Of(ResultsDocument document) => document with
    {
        Workloads = [.. document.Workloads.Select(run => run with
        {
            Parameters = Ordered(run.Parameters),
            Value = Finite(run.Value),
            Percentiles = run.Percentiles is { } p ? new Percentiles(Finite(p.P50), Finite(p.P99), Finite(p.P999), Finite(p.P9999)) : null,
            Slices = run.Slices is { } slices && slices.All(double.IsFinite) ? slices : null,
            Conditions = run.Conditions is { } conditions
                ? conditions with { LoadAverage = Finite(conditions.LoadAverage), TemperatureC = Finite(conditions.TemperatureC) }
                : null,
            Witness = Ordered(run.Witness.Where(pair => double.IsFinite(pair.Value))),
        })],
    };

    /// <summary>A document that can be written.</summary>
    public static ComparisonDocument Of(ComparisonDocument document) => document with
    {
        Claims = [.. document.Claims.Select(claim => claim with
        {
            ClaimedGain = Finite(claim.ClaimedGain),
            Gain = Finite(claim.Gain),
            Low = Finite(claim.Low),
            High = Finite(claim.High),
        })],
        Comparisons = [.. document.Comparisons.Select(comparison => comparison with
        {
            Parameters = Ordered(comparison.Parameters),
            BeforeMedian = Finite(comparison.BeforeMedian),
            AfterMedian = Finite(comparison.AfterMedian),
            Ratio = Finite(comparison.Ratio),
            Low = Finite(comparison.Low),
            High = Finite(comparison.High),
            MinimumDetectable = Finite(comparison.MinimumDetectable),
            PValue = Finite(comparison.PValue),
            AdjustedPValue = Finite(comparison.AdjustedPValue),
            ProbabilityBetter = Finite(comparison.ProbabilityBetter),
            Bootstrap = comparison.Bootstrap is { } band && double.IsFinite(band.Ratio + band.Low + band.High) ? band : null,
            NoiseFloor = comparison.NoiseFloor is { } floor && double.IsFinite(floor.Low) && double.IsFinite(floor.High) ? floor : null,
            Witness = comparison.Witness is { } witness && double.IsFinite(witness.Before) && double.IsFinite(witness.After) ? witness : null,
        })],
    };

    /// <summary>
    /// What was read, with the defaults of keys that the file did not have: generated code sets every init-only property, a
    /// missing one to nothing.
    /// </summary>
    public static ResultsDocument Filled(ResultsDocument document) => document with
    {
        Schema = "ptdiag.results/1",
        Skipped = document.Skipped ?? [],
    };

    /// <summary>The same of a comparison.</summary>
    public static ComparisonDocument Filled(ComparisonDocument document) => document with
    {
        Schema = "ptdiag.comparison/1",
        Claims = document.Claims ?? [],
        Notes = document.Notes ?? [],
        Comparisons = [.. document.Comparisons.Select(comparison => comparison is null ? comparison! : comparison with
        {
            Confidence = comparison.Confidence == 0 ? 0.95 : comparison.Confidence,
            Statistic = comparison.Statistic ?? "value",
            Rejected = comparison.Rejected ?? new RunCounts(0, 0),
            Changed = comparison.Changed ?? [],
            Confounders = comparison.Confounders ?? [],
            RejectedRuns = comparison.RejectedRuns ?? [],
            Unsteady = comparison.Unsteady ?? new RunCounts(0, 0),
            Notes = comparison.Notes ?? [],
        })],
    };

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static SortedDictionary<string, T> Ordered<T>(IEnumerable<KeyValuePair<string, T>> pairs) =>
        new(pairs.ToDictionary(), StringComparer.Ordinal);
}
