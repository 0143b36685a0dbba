using System.Text.Json;
using System.Text.Json.Serialization;
using Passthrough.Results.Claims;

namespace Passthrough.Results.Json;

/// <summary>Generated code for the documents: camelCase keys, every key written, what is required must be there on reading.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(VerdictConverter)])]
[JsonSerializable(typeof(ResultsDocument))]
[JsonSerializable(typeof(ComparisonDocument))]
[JsonSerializable(typeof(ClaimsDocument))]
internal sealed partial class ResultsJsonContext : JsonSerializerContext;

/// <summary>better, worse, noDifference, inconclusive, tooFewRuns; a number is no verdict.</summary>
internal sealed class VerdictConverter() : JsonStringEnumConverter<ComparisonVerdict>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
