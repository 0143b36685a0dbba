using Passthrough.Reports.Html;
using Passthrough.Results;

namespace Passthrough.Reports.Charts;

/// <summary>All ratios with their intervals; the noise floor shaded, the practical threshold as lines.</summary>
internal static class ForestChart
{
    private const int RowHeight = 46;

    /// <summary>The chart; null without a comparison that has an interval.</summary>
    public static Chart? Draw(IReadOnlyList<Comparison> comparisons, string id)
    {
        Comparison[] rows = [.. comparisons.Where(one => one is { Low: > 0, High: > 0, Ratio: > 0 })];
        if (rows.Length == 0)
        {
            return null;
        }

        IEnumerable<double> ends = rows.SelectMany(row => new[]
        {
            row.Low!.Value, row.High!.Value, 1 - row.Threshold, 1 + row.Threshold, row.NoiseFloor?.Low ?? 1, row.NoiseFloor?.High ?? 1,
        });
        Axis horizontal = Axis.Logarithmic(ends.Where(value => value > 0).Select(Math.Log10), value => Numbers.Change(value));
        horizontal = horizontal with { Ticks = WithOne(horizontal.Ticks, horizontal.High - horizontal.Low) };
        var canvas = new ChartCanvas(id, 72 + (RowHeight * rows.Length), horizontal, new Axis(0, rows.Length, []), left: 16);
        canvas.Plot.Grid.YAxisStyle.IsVisible = false;
        for (int i = 0; i < rows.Length; i++)
        {
            Draw(canvas, rows[i], rows.Length - 1 - i, horizontal);
        }

        const string Title = "Change from before to after, with 95 % intervals";
        string title = rows.All(row => row.Confidence == 0.95) ? Title : "Change from before to after, with intervals";
        string description = title + ". " + string.Join(" ", rows.Select(row => $"{Label(row)}: {Words.Effect(row)}."));
        return new Chart(id, title, description, canvas.Render(description, "change (log scale)", ""), [],
            ["comparison", "change", "low", "high", "noise floor", "verdict"],
            [.. rows.Select(row => (IReadOnlyList<string>)[Label(row), Numbers.Change(row.Ratio), Numbers.Change(row.Low), Numbers.Change(row.High),
                Words.Band(row.NoiseFloor), Words.Of(row.Verdict)])],
            "Grey areas are noise floors, where one was measured: how far two equal variants differ. Dashed lines are the practical threshold.");
    }

    private static void Draw(ChartCanvas canvas, Comparison row, int bottom, Axis axis)
    {
        double middle = bottom + 0.3;
        if (row.NoiseFloor is { Low: > 0, High: > 0 } floor)
        {
            Marks.Area(canvas.Plot, Math.Log10(floor.Low), Math.Log10(floor.High), bottom + 0.06, bottom + 0.54, Palette.Noise, 0.35);
        }

        foreach (double limit in new[] { 1 - row.Threshold, 1 + row.Threshold })
        {
            if (limit > 0)
            {
                Marks.Line(canvas.Plot, Math.Log10(limit), bottom + 0.02, Math.Log10(limit), bottom + 0.58, Palette.Reference, 1, ScottPlot.LinePattern.Dashed);
            }
        }

        Marks.Line(canvas.Plot, 0, bottom + 0.02, 0, bottom + 0.58, Palette.Reference, 1.5f);
        int style = row.Verdict switch { ComparisonVerdict.Better => 2, ComparisonVerdict.Worse => 1, _ => 0 };
        double low = Math.Log10(row.Low!.Value);
        double high = Math.Log10(row.High!.Value);
        var line = canvas.Plot.Add.Line(low, middle, high, middle);
        line.LineColor = Palette.ColorOf(style);
        line.LineWidth = 3;
        line.MarkerSize = 0;
        Marks.Series(canvas.Plot, [Math.Log10(row.Ratio!.Value)], [middle], style, joined: false);
        canvas.Text(axis.Low, bottom + 0.82, Cut($"{Label(row)}: {Words.Symbol(row.Verdict)} {Words.Of(row.Verdict)}, {Numbers.Change(row.Ratio)}"), "start");
    }

    private static string Label(Comparison row) =>
        $"{GroupText.Short(row)}, {Words.Metric(row)}, {row.After}";

    private static string Cut(string text) => text.Length <= 92 ? text : text[..91] + "…";

    /// <summary>No change is always labelled; a tick that would touch it goes.</summary>
    private static IReadOnlyList<(double, string)> WithOne(IReadOnlyList<(double Position, string Text)> ticks, double span) =>
        [.. ticks.Where(tick => Math.Abs(tick.Position) > span * 0.06).Append((0, "0 %"))];
}
