using System.Text.Json.Serialization;

namespace Passthrough.Results.Claims;

/// <summary>A statement such as "huge pages gain 20 %", made before anything was measured.</summary>
/// <param name="Text">The claim as a person put it.</param>
/// <param name="Factor">The knob it speaks of.</param>
/// <param name="Gain">The gain claimed, above zero: 0.2 means that latency is 20 % lower, or throughput 20 % higher.</param>
public sealed record DeclaredClaim([property: JsonPropertyName("claim")] string Text, string Factor, double Gain)
{
    /// <summary>The only workload it speaks of; null for every workload of the factor.</summary>
    public string? Workload { get; init; }

    /// <summary>What of a run it speaks of: <c>value</c> or <c>p99</c>.</summary>
    public string? Statistic { get; init; }
}

/// <summary><c>ptdiag.claims/1</c>: claims of a user's own; the schema lies in docs/schemas.</summary>
public sealed record ClaimsDocument
{
    /// <summary>Always <c>ptdiag.claims/1</c>.</summary>
    public required string Schema { get; init; }

    /// <summary>The claims.</summary>
    public required IReadOnlyList<DeclaredClaim> Claims { get; init; }
}
