namespace Passthrough.Reports.Charts;

/// <summary>A drawn chart with everything that must be readable without seeing it.</summary>
/// <param name="Id">Unique in the page; prefix of every id inside the drawing.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Description">What is to be read from it, for those who do not see it: the drawing's accessible name.</param>
/// <param name="Svg">The drawing, already escaped.</param>
/// <param name="Legend">Series by shape and colour; empty when there is one.</param>
/// <param name="Columns">Head of the table of the drawn numbers.</param>
/// <param name="Rows">The drawn numbers.</param>
/// <param name="Caption">How it was made: a sentence or two under the drawing; null when the title says all.</param>
public sealed record Chart(string Id, string Title, string Description, string Svg, IReadOnlyList<LegendEntry> Legend,
    IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string? Caption);

/// <summary>One series of a legend.</summary>
/// <param name="Name">Name.</param>
/// <param name="Style">Which of the palette's styles it is drawn in.</param>
public sealed record LegendEntry(string Name, int Style);
