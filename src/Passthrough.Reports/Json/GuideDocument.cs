using Passthrough.Diagnosis.Guide;

namespace Passthrough.Reports.Json;

/// <summary><c>ptdiag.guide/1</c>: what guides get wrong.</summary>
internal sealed record GuideDocument(string Schema, ToolInfo Tool, IReadOnlyList<GuideEntry> Errors)
{
    public static GuideDocument From(IReadOnlyList<GuideError> errors, ToolInfo tool) => new("ptdiag.guide/1", tool,
        [.. errors.Select(error => new GuideEntry(error.Number, error.Section, error.Claim, error.Truth, error.Instead, error.CheckIds))]);
}

internal sealed record GuideEntry(int Number, string Section, string Claim, string Truth, string Instead, IReadOnlyList<string> CheckIds);
