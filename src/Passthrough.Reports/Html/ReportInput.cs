using Passthrough.Diagnosis;
using Passthrough.Results;

namespace Passthrough.Reports.Html;

/// <summary>What a report shows. Everything but the title is optional; what is missing has no section.</summary>
public sealed record ReportInput
{
    /// <summary>The judgement of a machine.</summary>
    public AuditResult? Audit { get; init; }

    /// <summary>Runs; charts are drawn of each document.</summary>
    public IReadOnlyList<ResultsDocument> Results { get; init; } = [];

    /// <summary>Differences between variants or files.</summary>
    public ComparisonDocument? Comparison { get; init; }

    /// <summary>Title of the page.</summary>
    public required string Title { get; init; }

    /// <summary>When it was made; written in UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>What made it.</summary>
    public required ToolIdentity Tool { get; init; }

    /// <summary>
    /// A label that stands above everything. Null: "functional only: emulated machine" where a document says so, else none.
    /// </summary>
    public string? Label { get; init; }
}
