using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Passthrough.Reports.Charts;

/// <summary>
/// ScottPlot draws the geometry; text is added as SVG text in the page's own font, so that it can be read, selected and
/// coloured by the page, and a machine without fonts draws the same chart.
/// </summary>
internal sealed partial class ChartCanvas
{
    private readonly string _id;
    private readonly int _width;
    private readonly int _height;
    private readonly Axis _horizontal;
    private readonly Axis _vertical;
    private readonly PixelPadding _padding;
    private readonly List<(double X, double Y, string Text, string Class)> _texts = [];

    /// <summary>An empty chart with axes.</summary>
    /// <param name="id">Prefix of ids.</param>
    /// <param name="height">Height for a width of 640.</param>
    /// <param name="horizontal">Horizontal axis.</param>
    /// <param name="vertical">Vertical axis.</param>
    /// <param name="left">Room for vertical labels.</param>
    public ChartCanvas(string id, int height, Axis horizontal, Axis vertical, int left = 72)
    {
        _id = id;
        _width = 640;
        _height = height;
        _horizontal = horizontal;
        _vertical = vertical;
        _padding = new PixelPadding(left, 16, 48, 24);
        Plot = new Plot();
        Plot.FigureBackground.Color = Colors.Transparent;
        Plot.DataBackground.Color = Colors.Transparent;
        Plot.Layout.Fixed(_padding);
        Plot.Axes.SetLimits(horizontal.Low, horizontal.High, vertical.Low, vertical.High);
        Plot.Axes.Bottom.TickGenerator = Blank(horizontal);
        Plot.Axes.Left.TickGenerator = Blank(vertical);
        Plot.Axes.Right.IsVisible = false;
        Plot.Axes.Top.IsVisible = false;
        Plot.Axes.Color(Color.FromHex(Palette.Axis));
        Plot.Grid.MajorLineColor = Color.FromHex(Palette.Grid);
    }

    /// <summary>Where data is added.</summary>
    public Plot Plot { get; }

    /// <summary>Writes text at data coordinates; <paramref name="className"/> is <c>start</c>, <c>middle</c> or <c>end</c>, the anchor.</summary>
    public void Text(double x, double y, string text, string className = "middle") => _texts.Add((PixelX(x), PixelY(y), text, className));

    /// <summary>The finished drawing.</summary>
    /// <param name="title">Its accessible name.</param>
    /// <param name="horizontalTitle">What the horizontal axis shows, with its unit.</param>
    /// <param name="verticalTitle">The same of the vertical axis; written above it, level, so that it needs no turned head.</param>
    public string Render(string title, string horizontalTitle, string verticalTitle)
    {
        string drawn = Plot.GetSvgXml(_width, _height);
        int start = drawn.IndexOf('>', drawn.IndexOf("<svg", StringComparison.Ordinal)) + 1;
        int end = drawn.LastIndexOf("</svg>", StringComparison.Ordinal);
        string geometry = Ids().Replace(drawn[start..end], match => match.Groups[1].Value + _id + "-" + match.Groups[2].Value);

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_width} {_height}" width="100%" role="img" aria-labelledby="{_id}-title">""");
        svg.Append(CultureInfo.InvariantCulture, $"""<title id="{_id}-title">{HtmlEncoder.Default.Encode(title)}</title><g aria-hidden="true">""");
        svg.Append(Blanks().Replace(geometry, "\n"));
        foreach ((double position, string text) in _horizontal.Ticks)
        {
            Append(svg, PixelX(position), _height - _padding.Bottom + 18, text, "middle");
        }

        foreach ((double position, string text) in _vertical.Ticks)
        {
            Append(svg, _padding.Left - 8, PixelY(position) + 4, text, "end");
        }

        foreach ((double x, double y, string text, string className) in _texts)
        {
            Append(svg, x, y + 4, text, className);
        }

        Append(svg, (_padding.Left + _width - _padding.Right) / 2, _height - 8, horizontalTitle, "middle");
        Append(svg, 2, 14, verticalTitle, "start");
        return svg.Append("</g></svg>").ToString();
    }

    private static void Append(StringBuilder svg, double x, double y, string text, string className)
    {
        if (text.Length > 0)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""<text x="{x:0.#}" y="{y:0.#}" class="{className}">{HtmlEncoder.Default.Encode(text)}</text>""");
        }
    }

    private static NumericManual Blank(Axis axis) =>
        new([.. axis.Ticks.Select(tick => tick.Position)], [.. axis.Ticks.Select(_ => "")]);

    private double PixelX(double x) =>
        _padding.Left + ((x - _horizontal.Low) / (_horizontal.High - _horizontal.Low) * (_width - _padding.Left - _padding.Right));

    private double PixelY(double y) =>
        _height - _padding.Bottom - ((y - _vertical.Low) / (_vertical.High - _vertical.Low) * (_height - _padding.Bottom - _padding.Top));

    // id="cl_4" and url(#cl_4): the same in every drawing, so that two in a page would clip each other.
    [GeneratedRegex("""( id="|url\(#)([A-Za-z0-9_]+)""")]
    private static partial Regex Ids();

    [GeneratedRegex(@"\s*\n\s*")]
    private static partial Regex Blanks();
}
