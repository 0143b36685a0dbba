using System.Globalization;
using Passthrough.Reports.Html;
using Passthrough.Results.Sweeps;

namespace Passthrough.Reports.Charts;

/// <summary>The value over a swept parameter: medians joined, quartiles as bars; one line for each setting of the other parameters.</summary>
internal static class SweepChart
{
    /// <summary>Where the largest value is more than this many times the smallest, equal factors get equal room.</summary>
    private const double LogarithmicFrom = 30;

    /// <summary>The chart of sweeps of one workload and parameter; null when no run counts.</summary>
    public static Chart? Draw(IReadOnlyList<Sweep> sweeps, string id, long seed)
    {
        (Sweep Sweep, SweepCell[] Cells)[] lines = [.. sweeps.Select(sweep => (sweep, sweep.Cells.Where(cell => cell.Median is not null).ToArray()))
            .Where(line => line.Item2.Length > 0)];
        if (lines.Length == 0)
        {
            return null;
        }

        Sweep first = lines[0].Sweep;
        double[] places = [.. lines.SelectMany(line => line.Cells.Select(cell => cell.Value)).Distinct().Order()];
        bool logarithmic = places[0] > 0 && places[^1] > LogarithmicFrom * places[0];
        double[] ends = [.. lines.SelectMany(line => line.Cells.SelectMany(cell => new[] { cell.LowerQuartile!.Value, cell.UpperQuartile!.Value }))];
        (double factor, string unit) = Numbers.Scale(ends.Max(Math.Abs), first.Unit);
        Axis vertical = Axis.Linear(ends.Select(value => value / factor));
        Axis span = logarithmic ? Axis.Logarithmic(places.Select(Math.Log10), Numbers.Digits) : Axis.Linear(places);
        string[] setting = lines.Length > 1 ? ["setting"] : [];
        Axis horizontal = span with { Ticks = Ticks(places, first.Parameter, logarithmic, span) };
        var canvas = new ChartCanvas(id, 320, horizontal, vertical);
        for (int i = 0; i < lines.Length; i++)
        {
            double[] x = [.. lines[i].Cells.Select(cell => logarithmic ? Math.Log10(cell.Value) : cell.Value)];
            for (int j = 0; j < x.Length; j++)
            {
                SweepCell cell = lines[i].Cells[j];
                var bar = canvas.Plot.Add.Line(x[j], cell.LowerQuartile!.Value / factor, x[j], cell.UpperQuartile!.Value / factor);
                bar.LineColor = Palette.ColorOf(i);
                bar.LineWidth = 3;
                bar.MarkerSize = 0;
            }

            Marks.Series(canvas.Plot, x, [.. lines[i].Cells.Select(cell => cell.Median!.Value / factor)], i, joined: true);
        }

        string title = SweepText.Title(first);
        string description = title + ". " + string.Join(" ", lines.Select(line => (line.Sweep.Others.Count == 0 ? "" : Name(line.Sweep) + ": ") + SweepText.Finding(line.Sweep, seed)));
        string what = first.Metric == "latency" ? "median latency" : first.Metric;
        return new Chart(id, title, description, canvas.Render(description, first.Parameter + (logarithmic ? " (log scale)" : ""), $"{what} ({unit})"),
            [.. lines.Select((line, i) => new LegendEntry(Name(line.Sweep), i % Palette.Count))],
            [.. setting, first.Parameter, "runs", "lower quartile", "median", "upper quartile"],
            [.. lines.SelectMany(line => line.Cells.Select(cell => (IReadOnlyList<string>)[.. setting.Select(_ => Name(line.Sweep)), cell.Text,
                Runs(cell), Numbers.Value(cell.LowerQuartile, first.Unit), Numbers.Value(cell.Median, first.Unit), Numbers.Value(cell.UpperQuartile, first.Unit)]))],
            string.Join(" ", lines.Select(line => (lines.Length > 1 ? Name(line.Sweep) + ": " : "") + SweepText.Finding(line.Sweep, seed)))
                + " Points are medians of runs, bars reach from the lower to the upper quartile." + (vertical.Low > 0 ? " The vertical axis does not begin at zero." : ""));
    }

    private static string Name(Sweep sweep) => sweep.Others.Count == 0
        ? sweep.Parameter
        : string.Join(", ", sweep.Others.Select(pair => $"{pair.Key}={pair.Value}"));

    private static string Runs(SweepCell cell) => cell.Values.Count == cell.Runs.Count
        ? Numbers.Whole(cell.Values.Count)
        : string.Create(CultureInfo.InvariantCulture, $"{cell.Values.Count} of {cell.Runs.Count}");

    /// <summary>The values that were run, as far as their labels stay apart.</summary>
    private static List<(double Position, string Text)> Ticks(double[] places, string parameter, bool logarithmic, Axis span)
    {
        // A label takes about a twelfth of the width.
        double room = (span.High - span.Low) / 12;
        var ticks = new List<(double Position, string Text)>();
        foreach (double place in places)
        {
            double position = logarithmic ? Math.Log10(place) : place;
            if (ticks.Count == 0 || position - ticks[^1].Position >= room)
            {
                ticks.Add((position, parameter.EndsWith("Bytes", StringComparison.Ordinal) ? Numbers.Bytes((long)place) : Numbers.Digits(place)));
            }
        }

        return ticks;
    }
}
