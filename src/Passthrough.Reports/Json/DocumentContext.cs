using System.Text.Json.Serialization;

namespace Passthrough.Reports.Json;

/// <summary>Source-generated serialisation of the contract's documents (reflection is not available under Native AOT).</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(FindingsDocument))]
[JsonSerializable(typeof(DomainLintDocument))]
[JsonSerializable(typeof(DevicesDocument))]
[JsonSerializable(typeof(AcpiDocument))]
[JsonSerializable(typeof(SkippedNumber))]
[JsonSerializable(typeof(SkippedHex))]
[JsonSerializable(typeof(LogDocument))]
[JsonSerializable(typeof(InterruptsDocument))]
[JsonSerializable(typeof(BundleDocument))]
[JsonSerializable(typeof(SimulationDocument))]
[JsonSerializable(typeof(PlanDocument))]
[JsonSerializable(typeof(GuideDocument))]
internal sealed partial class DocumentContext : JsonSerializerContext;
