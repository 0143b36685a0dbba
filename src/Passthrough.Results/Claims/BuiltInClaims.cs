namespace Passthrough.Results.Claims;

/// <summary>
/// What is often said of tuning for passthrough. No measurement stands behind these numbers as constants: published effects run from
/// nothing to many times as much, and some change their sign. That is why they are put to the test.
/// </summary>
public static class BuiltInClaims
{
    /// <summary>The factor in which every knob that a workload feels is turned at once.</summary>
    public const string Together = "all";

    /// <summary>All of them, each tied to a factor of its own.</summary>
    public static IReadOnlyList<DeclaredClaim> All { get; } =
    [
        new("CPU pinning gains 30 %", "pinning", 0.30),
        new("huge pages gain 20 %", "hugepages", 0.20),
        new("interrupt affinity gains 15 %", "irqCpu", 0.15),
        new("DMA batching gains 25 %", "batching", 0.25),

        // Gains of different workloads cannot be added or multiplied, so the least that "together" can mean is asked.
        new("all of them together gain at least the largest of them, 30 %", Together, 0.30),
    ];
}
