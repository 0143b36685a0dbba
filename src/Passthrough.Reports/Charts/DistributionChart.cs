using Passthrough.Reports.Html;
using Passthrough.Results;
using Passthrough.Results.Histograms;
using Passthrough.Results.Statistics;
using ScottPlot;

namespace Passthrough.Reports.Charts;

/// <summary>
/// Latency by percentile, per variant: the histograms of a variant's runs merged. The horizontal axis gives every next nine the same
/// room; a line ends where too few samples bound the percentile.
/// </summary>
internal static class DistributionChart
{
    private static readonly double[] Marked = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];

    /// <summary>The chart; null when no run of the group carries a histogram.</summary>
    public static Chart? Draw(RunGroup group, string id)
    {
        (RunVariant Variant, LatencyHistogram Merged)[] sides = [.. group.Variants
            .Select(variant => (Variant: variant, Merged: Merge(variant)))
            .Where(side => side.Merged.Count > 0)];
        if (sides.Length == 0)
        {
            return null;
        }

        (double[] X, double[] Y)[] lines = [.. sides.Select(side => Line(side.Merged))];
        double end = lines.Max(line => line.X.Length == 0 ? 0.5 : line.X[^1]);
        var horizontal = new Axis(0, end + 0.1, [.. Marked.Append(0).Select(p => (Nines(p), Name(p))).Where(tick => tick.Item1 <= end)]);
        var canvas = new ChartCanvas(id, 320, horizontal,
            Axis.Logarithmic(lines.SelectMany(line => line.Y), value => Numbers.Value(value, "nanoseconds")));
        for (int i = 0; i < lines.Length; i++)
        {
            Draw(canvas.Plot, lines[i], sides[i].Merged, i);
        }

        string title = $"Latency distribution: {GroupText.Of(group)}";
        string description = title + ". " + string.Join(" ", sides.Select(side =>
            $"{GroupText.Of(side.Variant)}: median {At(side.Merged, 0.5)}, 99 % {At(side.Merged, 0.99)}, {side.Merged.Count} samples."));
        return new Chart(id, title, description, canvas.Render(description, "percentile of samples", "latency (log scale)"),
            Legend([.. sides.Select(side => side.Variant)]),
            ["variant", "runs", "samples", "50 %", "90 %", "99 %", "99.9 %", "maximum"],
            [.. sides.Select(side => (IReadOnlyList<string>)[GroupText.Of(side.Variant), Numbers.Whole(side.Variant.Accepted.Count(run => run.Histogram is not null)), Numbers.Whole(side.Merged.Count),
                At(side.Merged, 0.5), At(side.Merged, 0.9), At(side.Merged, 0.99), At(side.Merged, 0.999), Numbers.Value(side.Merged.Quantile(1), "nanoseconds")])],
            "Samples of all accepted runs together. A line ends where too few samples bound the percentile. Samples within a run are not independent: whether variants differ is judged by runs, not here.");
    }

    /// <summary>Names of the sides in the styles in which they are drawn.</summary>
    public static IReadOnlyList<LegendEntry> Legend(IReadOnlyList<RunVariant> variants) =>
        [.. variants.Select((variant, i) => new LegendEntry(GroupText.Of(variant), i % Palette.Count))];

    private static LatencyHistogram Merge(RunVariant variant) => LatencyHistogram.Merge(variant.Accepted
        .Select(run => HdrDecoder.TryDecode(run.Histogram, out LatencyHistogram histogram) ? histogram : null)
        .OfType<LatencyHistogram>());

    private static (double[] X, double[] Y) Line(LatencyHistogram merged)
    {
        var x = new List<double>();
        var y = new List<double>();
        for (double nines = 0; nines <= 6; nines += 0.02)
        {
            double p = 1 - Math.Pow(10, -nines);
            if (p > 0 && SampleSizes.ForPercentile(p) > merged.Count)
            {
                break;
            }

            x.Add(nines);
            y.Add(Math.Log10(Math.Max(1, merged.Quantile(p)!.Value)));
        }

        return ([.. x], [.. y]);
    }

    private static void Draw(Plot plot, (double[] X, double[] Y) line, LatencyHistogram merged, int style)
    {
        var scatter = plot.Add.Scatter(line.X, line.Y, Palette.ColorOf(style));
        scatter.MarkerSize = 0;
        scatter.LineWidth = 2;
        double[] at = [.. Marked.Where(p => SampleSizes.ForPercentile(p) <= merged.Count)];
        if (at.Length > 0)
        {
            Marks.Series(plot, [.. at.Select(Nines)], [.. at.Select(p => Math.Log10(Math.Max(1, merged.Quantile(p)!.Value)))], style, joined: false);
        }
    }

    private static double Nines(double p) => -Math.Log10(1 - p);

    private static string Name(double p) => Numbers.Percent(p);

    private static string At(LatencyHistogram merged, double p) =>
        SampleSizes.ForPercentile(p) <= merged.Count ? Numbers.Value(merged.Quantile(p), "nanoseconds") : "–";
}
