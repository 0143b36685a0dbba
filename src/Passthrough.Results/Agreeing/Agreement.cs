using Passthrough.Results.Statistics;

namespace Passthrough.Results.Agreeing;

/// <summary>
/// Whether two programs that should measure the same do so: a reference and ours, run once each in the same blocks, with the reference
/// run a second time in each block. An agreement is shown by an interval within a tolerance ("two one-sided tests"), never by a
/// difference that was not found. Source of the idea: Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15 (1987).
/// </summary>
public static class Agreement
{
    /// <summary>Variant of the reference program.</summary>
    public const string Reference = "reference";

    /// <summary>Variant of its repetition in each block: the A/A pair.</summary>
    public const string ReferenceAgain = "reference-again";

    /// <summary>Variant of our program.</summary>
    public const string Ours = "ptdiag";

    /// <summary>Confidence of all looks together, and of the A/A interval.</summary>
    public const double Confidence = 0.95;

    /// <summary>
    /// After how many blocks the runs are looked at: at most four times, so that stopping as soon as the answer is known does not
    /// make it wrong more often than it says. No look comes before the fewest blocks that have an interval.
    /// </summary>
    /// <param name="blocksMost">Blocks at most, the last look.</param>
    public static IReadOnlyList<int> Looks(int blocksMost)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blocksMost);
        int[] wanted = [blocksMost / 10, blocksMost / 4, blocksMost / 2, blocksMost];

        // Four looks of 98.75 % need 8 pairs: the smallest two-sided probability of n pairs is 2^(1−n).
        return [.. wanted.Where(blocks => blocks >= SampleSizes.PairedBlocks + 2 || blocks == blocksMost).Distinct()];
    }

    /// <summary>Confidence of the interval at each of so many looks: together they hold <see cref="Confidence"/> (Bonferroni).</summary>
    public static double ConfidenceOfLook(int looks)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(looks);
        return 1 - ((1 - Confidence) / looks);
    }

    /// <summary>Judges one statistic of the runs so far.</summary>
    /// <param name="runs">Runs of one workload with the three variants; rejected ones and blocks with a run missing are left out.</param>
    /// <param name="rule">What must agree and how well.</param>
    /// <param name="confidence">Confidence of the interval of ours / reference.</param>
    public static AgreementResult Judge(IReadOnlyCollection<WorkloadRun> runs, AgreementRule rule, double confidence)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentNullException.ThrowIfNull(rule);
        SortedDictionary<int, double> reference = ByBlock(runs, Reference, rule.Statistic);
        SortedDictionary<int, double> again = ByBlock(runs, ReferenceAgain, rule.Statistic);
        SortedDictionary<int, double> ours = ByBlock(runs, Ours, rule.Statistic);
        double? median = MedianOf(reference);
        double[] effect = LogRatios(reference, ours);
        Shift? shift = effect.Length < SampleSizes.PairedBlocks ? null : HodgesLehmann.Paired(effect, confidence);
        Band? floor = BandOf(LogRatios(reference, again), Confidence);
        Band? interval = shift is { Low: { } low, High: { } high } ? new Band(Math.Exp(low), Math.Exp(high)) : null;
        double? tolerance = rule.ToleranceAt(median);
        return new AgreementResult
        {
            Rule = rule,
            Blocks = effect.Length,
            ReferenceMedian = median,
            OursMedian = MedianOf(ours),
            ReferenceSpread = Spread(reference),
            OursSpread = Spread(ours),
            Floor = floor,
            Ratio = shift is null ? null : Math.Exp(shift.Estimate),
            Interval = interval,
            Confidence = confidence,
            Tolerance = tolerance,
            Verdict = VerdictOf(interval, floor, tolerance, rule.AtLeast),
        };
    }

    /// <summary>From the intervals to one of the words.</summary>
    /// <param name="interval">Ours / reference; null with too few blocks.</param>
    /// <param name="floor">The reference again / the reference; null with too few blocks.</param>
    /// <param name="tolerance">Largest relative difference that counts as agreement.</param>
    /// <param name="atLeast">Where given, no agreement is asked for but at least this ratio.</param>
    public static AgreementVerdict VerdictOf(Band? interval, Band? floor, double? tolerance, double? atLeast)
    {
        if (interval is null || floor is null)
        {
            return AgreementVerdict.TooFewBlocks;
        }

        if (atLeast is { } least)
        {
            return interval.Low >= least ? AgreementVerdict.AtLeast
                : interval.High < least ? AgreementVerdict.Below
                : AgreementVerdict.Inconclusive;
        }

        if (tolerance is not { } most)
        {
            return AgreementVerdict.TooFewBlocks;
        }

        // A difference this large is one on any machine; a machine that differs from itself is no ground for hiding it.
        bool outside = interval.Low > 1 + most || interval.High < 1 - most;
        if (outside && (interval.Low > floor.High || interval.High < floor.Low))
        {
            return AgreementVerdict.Differs;
        }

        if (HalfWidth(floor) > most / 2)
        {
            return AgreementVerdict.NotDecidable;
        }

        return interval.Low >= 1 - most && interval.High <= 1 + most ? AgreementVerdict.Agrees : AgreementVerdict.Inconclusive;
    }

    /// <summary>Half of an interval's width, as a share.</summary>
    public static double HalfWidth(Band band)
    {
        ArgumentNullException.ThrowIfNull(band);
        return (band.High - band.Low) / 2;
    }

    private static SortedDictionary<int, double> ByBlock(IReadOnlyCollection<WorkloadRun> runs, string variant, AgreementStatistic statistic)
    {
        var values = new SortedDictionary<int, double>();
        foreach (WorkloadRun run in runs)
        {
            double? value = statistic switch
            {
                AgreementStatistic.P50 => run.Percentiles?.P50,
                AgreementStatistic.P99 => run.Percentiles?.P99,
                _ => run.Value,
            };
            // A ratio needs positive values.
            if (run.Variant == variant && run.Rejected is null && value is { } number && double.IsFinite(number) && number > 0)
            {
                values[run.Block] = number;
            }
        }

        return values;
    }

    private static double[] LogRatios(SortedDictionary<int, double> before, SortedDictionary<int, double> after) =>
        [.. before.Where(pair => after.ContainsKey(pair.Key)).Select(pair => Math.Log(after[pair.Key] / pair.Value))];

    private static Band? BandOf(double[] logRatios, double confidence) =>
        logRatios.Length >= SampleSizes.PairedBlocks && HodgesLehmann.Paired(logRatios, confidence) is { Low: { } low, High: { } high }
            ? new Band(Math.Exp(low), Math.Exp(high))
            : null;

    private static double? MedianOf(SortedDictionary<int, double> values) => values.Count == 0 ? null : Quantiles.Median(values.Values);

    /// <summary>Spread of runs relative to themselves: the standard deviation of their logarithms.</summary>
    private static double? Spread(SortedDictionary<int, double> values) =>
        values.Count < 2 ? null : Quantiles.StandardDeviation([.. values.Values.Select(value => Math.Log(value))]);
}
