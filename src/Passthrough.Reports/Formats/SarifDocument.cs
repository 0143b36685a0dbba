using System.Text.Json.Serialization;

namespace Passthrough.Reports.Formats;

/// <summary>The part of SARIF 2.1.0 that is written. Source: OASIS Static Analysis Results Interchange Format 2.1.0.</summary>
internal sealed record SarifDocument([property: JsonPropertyName("$schema")] string Schema, string Version, IReadOnlyList<SarifRun> Runs);

internal sealed record SarifRun(SarifTool Tool, IReadOnlyList<SarifInvocation> Invocations, IReadOnlyDictionary<string, SarifBase> OriginalUriBaseIds,
    IReadOnlyList<SarifResult> Results, string ColumnKind, IReadOnlyDictionary<string, string> Properties);

internal sealed record SarifTool(SarifDriver Driver);

internal sealed record SarifDriver(string Name, string Version, string SemanticVersion, IReadOnlyList<SarifRule> Rules);

internal sealed record SarifInvocation(bool ExecutionSuccessful);

internal sealed record SarifBase(SarifMessage Description);

internal sealed record SarifRule(string Id, string Name, SarifMessage ShortDescription, SarifMessage FullDescription, SarifMessage Help,
    SarifConfiguration DefaultConfiguration, IReadOnlyDictionary<string, string> Properties);

internal sealed record SarifConfiguration(string Level);

internal sealed record SarifMessage(string Text);

internal sealed record SarifResult(string RuleId, int? RuleIndex, string Kind, string Level, SarifMessage Message, IReadOnlyList<SarifLocation> Locations,
    IReadOnlyDictionary<string, string> PartialFingerprints, IReadOnlyList<SarifSuppression>? Suppressions, IReadOnlyDictionary<string, string> Properties);

internal sealed record SarifSuppression(string Kind, string Status, string Justification);

internal sealed record SarifLocation(SarifPhysicalLocation? PhysicalLocation, IReadOnlyList<SarifLogicalLocation> LogicalLocations);

internal sealed record SarifLogicalLocation(string FullyQualifiedName, string Kind);

internal sealed record SarifPhysicalLocation(SarifArtifact ArtifactLocation, SarifRegion? Region);

internal sealed record SarifArtifact(string Uri, string UriBaseId);

internal sealed record SarifRegion(int StartLine, SarifMessage? Snippet);

/// <summary>Source-generated serialisation: what is null has no key.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n",
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SarifDocument))]
internal sealed partial class SarifContext : JsonSerializerContext;
