using System.Globalization;
using Passthrough.Results.Statistics;

namespace Passthrough.Results.Comparing;

/// <summary>States the difference of one pair of series.</summary>
internal static class PairJudge
{
    /// <summary>Compares <paramref name="after"/> with <paramref name="before"/>.</summary>
    /// <param name="before">The baseline.</param>
    /// <param name="after">What is compared with it.</param>
    /// <param name="sameStudy">Both were scheduled together, so that equal block numbers are one block.</param>
    /// <param name="noiseFloor">The A/A interval, where measured.</param>
    /// <param name="options">Threshold and confidence.</param>
    public static Comparison Judge(Series before, Series after, bool sameStudy, Band? noiseFloor, CompareOptions options)
    {
        var notes = new List<string>();
        Effect effect = Measure(before, after, sameStudy, options.Confidence, notes, options.Seed);
        bool? lowerIsBetter = LowerIsBetter(before.Key.Metric);
        if (lowerIsBetter is null)
        {
            notes.Add($"Whether more or less of \"{before.Key.Metric}\" is better is not known to this version.");
        }

        if (before.Unit != after.Unit)
        {
            notes.Add($"The sides have different units ({before.Unit}, {after.Unit}); no ratio can be formed.");
            effect = effect with { Shift = null, Detectable = null, Bootstrap = null };
        }

        double? ratio = Ratio(effect.Shift?.Estimate);
        Band? interval = effect.Shift is { Low: { } low, High: { } high } ? new Band(Math.Exp(low), Math.Exp(high)) : null;
        double[] x = effect.Before;
        double[] y = effect.After;
        double greater = HodgesLehmann.ProbabilityGreater(x, y);
        ComparisonVerdict verdict = effect.TooFew || (interval is null && effect.Shift is not null)
            ? ComparisonVerdict.TooFewRuns
            : Verdicts.Of(interval, noiseFloor, options.Threshold, lowerIsBetter);
        if (effect.Bootstrap is { } bootstrap && verdict is ComparisonVerdict.Better or ComparisonVerdict.Worse
            && Verdicts.Of(new Band(bootstrap.Low, bootstrap.High), noiseFloor, options.Threshold, lowerIsBetter) != verdict)
        {
            verdict = ComparisonVerdict.Inconclusive;
            notes.Add("The bootstrapped interval of the percentile does not bear out the one of the ranks.");
        }

        notes.AddRange(Disturbances(before, after));
        if (noiseFloor is null)
        {
            notes.Add("No A/A pair was measured for this: how far two equal variants differ on this machine is not known.");
        }
        else if (interval is not null && verdict == ComparisonVerdict.Inconclusive && Verdicts.Overlaps(interval, noiseFloor)
            && Verdicts.Of(interval, null, options.Threshold, lowerIsBetter) != ComparisonVerdict.Inconclusive)
        {
            notes.Add("The interval overlaps the noise floor: two equal variants differ as much on this machine.");
        }

        ChangedParameter[] changed = [.. Changed(before.Parameters, after.Parameters)];
        return new Comparison
        {
            Workload = before.Key.Name,
            Parameters = Common(before.Parameters, changed),
            Factor = before.Key.Factor ?? after.Key.Factor,
            Metric = before.Key.Metric,
            Statistic = before.Key.Statistic,
            Unit = before.Unit,
            Before = before.Key.Variant,
            After = after.Key.Variant,
            BeforeMedian = x.Length == 0 ? null : Quantiles.Median(x),
            AfterMedian = y.Length == 0 ? null : Quantiles.Median(y),
            Ratio = effect.TooFew ? null : ratio,
            Low = effect.TooFew ? null : interval?.Low,
            High = effect.TooFew ? null : interval?.High,
            Confidence = options.Confidence,
            N = new RunCounts(x.Length, y.Length),
            Method = effect.Method,
            Threshold = options.Threshold,
            Verdict = verdict,
            NoiseFloor = noiseFloor,
            MinimumDetectable = effect.Detectable,
            Witness = Witnesses.Find(before, after),
            PValue = effect.TooFew ? null : effect.Shift?.PValue,
            ProbabilityBetter = double.IsNaN(greater) || lowerIsBetter is null ? null : lowerIsBetter.Value ? 1 - greater : greater,
            Rejected = new RunCounts(before.RejectedCount, after.RejectedCount),
            Changed = changed,
            Bootstrap = effect.Bootstrap,
            Confounders = Confounders.Find(before, after),
            RejectedRuns = [.. before.Rejected.Concat(after.Rejected)],
            Unsteady = new RunCounts(before.Accepted.Count(run => run.Unsteady is not null), after.Accepted.Count(run => run.Unsteady is not null)),
            Notes = notes,
        };
    }

    /// <summary>What the runtime did in runs that count: the loops are made so that both stay zero.</summary>
    private static IEnumerable<string> Disturbances(Series before, Series after)
    {
        WorkloadRun[] runs = [.. before.Accepted, .. after.Accepted];
        int compiled = runs.Count(run => run.JitMethods > 0);
        int allocated = runs.Count(run => run.AllocatedBytes > 0);
        if (compiled > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"In {compiled} of {runs.Length} runs methods were compiled during the measured stage: this was no program compiled ahead of time.");
        }

        if (allocated > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"In {allocated} of {runs.Length} runs the measured loop allocated memory.");
        }
    }

    /// <summary>The interval of two series as a noise floor; null with too few runs.</summary>
    public static Band? Floor(Series first, Series second, double confidence)
    {
        Effect effect = Measure(first, second, sameStudy: true, confidence, [], null);
        return !effect.TooFew && effect.Shift is { Low: { } low, High: { } high } ? new Band(Math.Exp(low), Math.Exp(high)) : null;
    }

    /// <summary>True where less is better, false where more is; null for a metric that this version does not know.</summary>
    public static bool? LowerIsBetter(string metric) => metric switch
    {
        "latency" => true,
        "throughput" => false,
        _ => null,
    };

    private static Effect Measure(Series before, Series after, bool sameStudy, double confidence, List<string> notes, long? seed)
    {
        SortedDictionary<int, double> blocksBefore = before.ByBlock();
        SortedDictionary<int, double> blocksAfter = after.ByBlock();
        int[] common = sameStudy ? [.. blocksBefore.Keys.Where(blocksAfter.ContainsKey)] : [];
        bool paired = common.Length > 0;
        double[] x = paired ? [.. common.Select(block => blocksBefore[block])] : [.. before.Observations()];
        double[] y = paired ? [.. common.Select(block => blocksAfter[block])] : [.. after.Observations()];
        int alone = blocksBefore.Count + blocksAfter.Count - (2 * common.Length);
        if (paired && alone > 0)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{alone} block(s) with a run on one side only were left out."));
        }

        if (paired ? x.Length < SampleSizes.PairedBlocks : Math.Min(x.Length, y.Length) < SampleSizes.UnpairedRuns)
        {
            return new Effect(x, y, null, paired ? "too few paired blocks to test (6 are needed)" : "too few runs to test (5 on each side are needed)", null, null, true);
        }

        if (x.Concat(y).Any(value => value <= 0))
        {
            notes.Add("A run's value is zero or negative, so that no ratio can be formed.");
            return new Effect(x, y, null, "none: ratios need positive values", null, null, false);
        }

        double[] logX = Array.ConvertAll(x, Math.Log);
        double[] logY = Array.ConvertAll(y, Math.Log);
        double[] differences = paired ? [.. logY.Zip(logX, (b, a) => b - a)] : [];
        Shift shift = (paired ? HodgesLehmann.Paired(differences, confidence) : HodgesLehmann.Unpaired(logX, logY, confidence))!;
        string bounds = shift.IsExact ? "exact" : "approximate";
        string method = paired
            ? $"Hodges–Lehmann of log ratios paired by block, {bounds} Wilcoxon signed-rank bounds"
            : $"Hodges–Lehmann shift of logs, unpaired, {bounds} Mann–Whitney bounds";
        double? detectable = paired ? SampleSizes.DetectablePaired(differences) : SampleSizes.DetectableUnpaired(logX, logY);
        BootstrapInterval? drawn = seed is { } number && before.Key.Statistic == "p99"
            ? paired ? Bootstrap.Paired(differences, confidence, number) : Bootstrap.Unpaired(logX, logY, confidence, number)
            : null;
        return new Effect(x, y, shift, method, detectable, drawn is null
            ? null
            : new BootstrapBand(Math.Exp(drawn.Estimate), Math.Exp(drawn.Low), Math.Exp(drawn.High), drawn.Resamples, drawn.Seed), false);
    }

    private static double? Ratio(double? log) => log is { } value ? Math.Exp(value) : null;

    private static IEnumerable<ChangedParameter> Changed(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after) =>
        before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
            .Select(name => new ChangedParameter(name, before.GetValueOrDefault(name), after.GetValueOrDefault(name)))
            .Where(change => change.Before != change.After);

    private static SortedDictionary<string, string> Common(IReadOnlyDictionary<string, string> parameters, ChangedParameter[] changed) =>
        new(parameters.Where(pair => !changed.Any(change => change.Name == pair.Key)).ToDictionary(), StringComparer.Ordinal);

    private sealed record Effect(double[] Before, double[] After, Shift? Shift, string Method, double? Detectable, BootstrapBand? Bootstrap, bool TooFew);
}
