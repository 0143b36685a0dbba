using ScottPlot;

namespace Passthrough.Reports.Charts;

/// <summary>
/// Colours and shapes of series. The colours are those that Okabe and Ito chose to be told apart with every kind of colour vision;
/// every series has a shape of its own too. The page's style sheet replaces each colour by one that reads well in its light or dark mode.
/// </summary>
internal static class Palette
{
    private static readonly (string Hex, MarkerShape Shape)[] Styles =
    [
        ("#0072B2", MarkerShape.FilledCircle),
        ("#D55E00", MarkerShape.FilledSquare),
        ("#009E73", MarkerShape.FilledDiamond),
        ("#CC79A7", MarkerShape.FilledTriangleUp),
        ("#E69F00", MarkerShape.FilledTriangleDown),
    ];

    /// <summary>Lines of axes.</summary>
    public const string Axis = "#6E7781";

    /// <summary>Lines behind the data.</summary>
    public const string Grid = "#D8DEE4";

    /// <summary>The noise floor.</summary>
    public const string Noise = "#8C959F";

    /// <summary>Limits of the practical threshold, and no change.</summary>
    public const string Reference = "#57606A";

    /// <summary>How many series can be told apart.</summary>
    public static int Count => Styles.Length;

    /// <summary>Colour of a series; beyond the palette it begins again.</summary>
    public static Color ColorOf(int style) => Color.FromHex(Styles[style % Styles.Length].Hex);

    /// <summary>Shape of a series.</summary>
    public static MarkerShape ShapeOf(int style) => Styles[style % Styles.Length].Shape;
}
