using Passthrough.Results.Comparing;
using Passthrough.Results.Statistics;

namespace Passthrough.Results;

/// <summary>Compares runs: the unit is the run (or the boot), never the sample.</summary>
public static class Comparer
{
    /// <summary>
    /// Compares two files. They were measured one after the other, so their blocks are not paired, and what else changed
    /// between them is not excluded: the notes say so.
    /// </summary>
    public static ComparisonDocument Compare(ResultsDocument before, ResultsDocument after, CompareOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        options ??= CompareOptions.Default;
        var notes = new List<string>();
        IReadOnlyList<Series> first = Series.From(before, options.IncludeTails);
        IReadOnlyList<Series> second = Series.From(after, options.IncludeTails);
        Comparison[] comparisons = [.. FileMatcher.Match(first, second, notes)
            .Select(pair => PairJudge.Judge(pair.Before, pair.After, sameStudy: false,
                NoiseFloors.Hull(NoiseFloors.Of(pair.Before, first, options), NoiseFloors.Of(pair.After, second, options)), options))];
        if (comparisons.Length > 0)
        {
            notes.Insert(0, "The files were not measured in interleaved blocks: whatever else changed between them is part of the difference.");
        }

        notes.AddRange(Machines.Differences(before.Machine, after.Machine));
        return Document(after.Tool, comparisons, Machines.FunctionalOnly([before.Machine, after.Machine]), notes, options);
    }

    /// <summary>
    /// Compares the variants within one file, per workload, knob, metric and parameters apart from the knob's own: paired by block
    /// where both sides ran in the same blocks. <c>X-again</c> beside <c>X</c> is the A/A pair, whose interval is the noise floor.
    /// </summary>
    public static ComparisonDocument CompareVariants(ResultsDocument document, CompareOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(document);
        options ??= CompareOptions.Default;
        IReadOnlyList<Series> all = Series.From(document, options.IncludeTails);
        var notes = new List<string>();
        Comparison[] comparisons = [.. VariantMatcher.Match(all, options.Baseline, notes)
            .Select(pair => PairJudge.Judge(pair.Before, pair.After, sameStudy: true, NoiseFloors.Of(pair.Before, all, options), options))];
        return Document(document.Tool, comparisons, Machines.FunctionalOnly([document.Machine]), notes, options);
    }

    private static ComparisonDocument Document(ToolIdentity tool, Comparison[] comparisons, string? functionalOnly, List<string> notes, CompareOptions options) => new()
    {
        Tool = tool,
        Comparisons = Correct(comparisons, options),
        FunctionalOnly = functionalOnly,
        Notes = notes,
    };

    /// <summary>With declared primaries, better and worse must also survive Holm's correction; all others are marked exploratory.</summary>
    private static Comparison[] Correct(Comparison[] comparisons, CompareOptions options)
    {
        if (options.Primaries.Count == 0)
        {
            return comparisons;
        }

        int[] tested = [.. Enumerable.Range(0, comparisons.Length)
            .Where(i => options.Primaries.Contains(comparisons[i].Workload, StringComparer.Ordinal) && comparisons[i].PValue is not null)];
        IReadOnlyList<double> adjusted = Holm.Adjust([.. tested.Select(i => comparisons[i].PValue!.Value)]);
        var result = new Comparison[comparisons.Length];
        for (int i = 0; i < result.Length; i++)
        {
            Comparison comparison = comparisons[i];
            int place = Array.IndexOf(tested, i);
            bool demoted = place >= 0 && adjusted[place] > 1 - options.Confidence
                && comparison.Verdict is ComparisonVerdict.Better or ComparisonVerdict.Worse;
            result[i] = comparison with
            {
                AdjustedPValue = place >= 0 ? adjusted[place] : null,
                Exploratory = !options.Primaries.Contains(comparison.Workload, StringComparer.Ordinal),
                Verdict = demoted ? ComparisonVerdict.Inconclusive : comparison.Verdict,
                Notes = demoted ? [.. comparison.Notes, "Does not hold after Holm's correction over the declared primaries."] : comparison.Notes,
            };
        }

        return result;
    }
}
