namespace Passthrough.Reports.Html;

/// <summary>The shapes of the palette as SVG for legends, in the colours that the style sheet replaces.</summary>
internal static class LegendMark
{
    /// <summary>The shape of a style.</summary>
    public static string Of(int style) => style switch
    {
        0 => """<circle cx="8" cy="8" r="5" fill="#0072B2"/>""",
        1 => """<rect x="3" y="3" width="10" height="10" fill="#D55E00"/>""",
        2 => """<path d="M8 2L14 8L8 14L2 8Z" fill="#009E73"/>""",
        3 => """<path d="M8 2L14 13L2 13Z" fill="#CC79A7"/>""",
        _ => """<path d="M2 3L14 3L8 14Z" fill="#E69F00"/>""",
    };
}
