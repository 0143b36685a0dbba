namespace Passthrough.Reports.Json;

/// <summary>What wrote a document.</summary>
/// <param name="Name">Always "ptdiag".</param>
/// <param name="Version">The tool's version.</param>
public sealed record ToolInfo(string Name, string Version);
