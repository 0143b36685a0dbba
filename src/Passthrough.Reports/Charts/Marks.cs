using ScottPlot;

namespace Passthrough.Reports.Charts;

/// <summary>Shapes that several charts draw.</summary>
internal static class Marks
{
    /// <summary>Points of a series, joined or not.</summary>
    public static void Series(Plot plot, IReadOnlyList<double> x, IReadOnlyList<double> y, int style, bool joined)
    {
        var scatter = plot.Add.Scatter(x.ToArray(), y.ToArray(), Palette.ColorOf(style));
        scatter.MarkerShape = Palette.ShapeOf(style);
        scatter.MarkerSize = joined ? 6 : 8;
        scatter.LineWidth = joined ? 2 : 0;
    }

    /// <summary>A straight line between two points.</summary>
    public static void Line(Plot plot, double x1, double y1, double x2, double y2, string color, float width, LinePattern? pattern = null)
    {
        var line = plot.Add.Line(x1, y1, x2, y2);
        line.LineColor = Color.FromHex(color);
        line.LineWidth = width;
        line.LinePattern = pattern ?? LinePattern.Solid;
        line.MarkerSize = 0;
    }

    /// <summary>A filled area without an edge.</summary>
    public static void Area(Plot plot, double left, double right, double bottom, double top, string color, double opacity)
    {
        var area = plot.Add.Rectangle(left, right, bottom, top);
        area.FillColor = Color.FromHex(color).WithAlpha(opacity);
        area.LineWidth = 0;
    }
}
