using System.Globalization;
using Passthrough.Reports.Html;
using Passthrough.Results;
using Passthrough.Results.Statistics;

namespace Passthrough.Reports.Charts;

/// <summary>The value of every run in the order of running: shows drift, outliers and whether variants were interleaved.</summary>
internal static class RunOrderChart
{
    /// <summary>The chart; null when no run of the group counts.</summary>
    /// <param name="group">The runs.</param>
    /// <param name="order">All runs of the document, in run order.</param>
    /// <param name="id">Prefix of ids.</param>
    public static Chart? Draw(RunGroup group, IReadOnlyList<WorkloadRun> order, string id)
    {
        HashSet<WorkloadRun> own = new(group.Variants.SelectMany(variant => variant.Runs), ReferenceEqualityComparer.Instance);
        WorkloadRun[] runs = [.. order.Where(own.Contains)];
        double[] values = [.. group.Variants.SelectMany(variant => variant.Accepted).Select(run => run.Value!.Value)];
        if (values.Length == 0)
        {
            return null;
        }

        (double factor, string unit) = Numbers.Scale(values.Max(Math.Abs), group.Unit);
        Axis vertical = Axis.Linear(values.Select(value => value / factor));
        var horizontal = Axis.Linear([1, runs.Length]);
        horizontal = horizontal with { Ticks = [.. horizontal.Ticks.Where(tick => tick.Position >= 1 && tick.Position % 1 == 0)] };
        var canvas = new ChartCanvas(id, 280, horizontal, vertical);
        for (int i = 0; i < group.Variants.Count; i++)
        {
            WorkloadRun[] accepted = [.. group.Variants[i].Accepted];
            Marks.Series(canvas.Plot, [.. accepted.Select(run => Array.IndexOf(runs, run) + 1.0)], [.. accepted.Select(run => run.Value!.Value / factor)], i, joined: false);
        }

        string title = $"Value of each run: {GroupText.Of(group)}";
        string what = group.Metric == "latency" ? "median latency" : group.Metric;
        string description = string.Create(CultureInfo.InvariantCulture,
            $"{title}. {values.Length} runs counted, {runs.Length - values.Length} left out; {what} from {Numbers.Value(values.Min(), group.Unit)} to {Numbers.Value(values.Max(), group.Unit)}.");
        return new Chart(id, title, description, canvas.Render(description, "run, in the order of running", $"{what} ({unit})"),
            DistributionChart.Legend(group.Variants),
            ["run", "block", "variant", what, "99 %", "samples", "left out because", "steady"],
            [.. runs.Select((run, i) => (IReadOnlyList<string>)[Numbers.Whole(i + 1), Numbers.Whole(run.Block), run.Variant, Numbers.Value(run.Value, run.Unit),
                Numbers.Value(run.Percentiles?.P99, run.Metric == "latency" ? run.Unit : "nanoseconds"), Numbers.Whole(run.Samples), run.Rejected ?? "",
                run.Unsteady ?? (run.Slices is { Count: >= SteadyState.LeastSlices } ? "yes" : "not judged")])],
            vertical.Low > 0 ? "The vertical axis does not begin at zero." : null);
    }
}
