using RazorSlices;

namespace Passthrough.Reports.Html;

/// <summary>The report: one HTML file that loads nothing, runs no script and can be mailed, archived and printed.</summary>
public static class HtmlReport
{
    /// <summary>The page as text, to be written as UTF-8.</summary>
    public static string Render(ReportInput input)
    {
        ArgumentNullException.ThrowIfNull(input);

        // Slices render asynchronously for servers that stream; into a string nothing ever waits.
        return Slices.Page.Create(ReportView.Of(input)).RenderAsync().AsTask().GetAwaiter().GetResult();
    }
}
