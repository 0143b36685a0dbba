using System.Globalization;
using Passthrough.Diagnosis;
using Passthrough.Host.Evidence;
using Passthrough.Results;

namespace Passthrough.Reports.Html;

/// <summary>Enumerations in words, each with a symbol, so that colour never stands alone.</summary>
internal static class Words
{
    /// <summary>The word of a comparison's verdict.</summary>
    public static string Of(ComparisonVerdict verdict) => verdict switch
    {
        ComparisonVerdict.Better => "better",
        ComparisonVerdict.Worse => "worse",
        ComparisonVerdict.NoDifference => "no practical difference",
        ComparisonVerdict.TooFewRuns => "too few runs",
        _ => "inconclusive",
    };

    /// <summary>Its symbol.</summary>
    public static string Symbol(ComparisonVerdict verdict) => verdict switch
    {
        ComparisonVerdict.Better => "▲",
        ComparisonVerdict.Worse => "▼",
        ComparisonVerdict.NoDifference => "=",
        ComparisonVerdict.TooFewRuns => "…",
        _ => "?",
    };

    /// <summary>The answer to a claim.</summary>
    public static string Of(Claim claim) => claim.Verdict == "notTestable" ? "not testable here" : claim.Verdict;

    /// <summary>Its symbol.</summary>
    public static string Symbol(Claim claim) => claim.Verdict switch { "supported" => "✓", "contradicted" => "✕", "notTestable" => "–", _ => "?" };

    /// <summary>Its class in the style sheet.</summary>
    public static string Class(Claim claim) => claim.Verdict switch { "supported" => "pass", "contradicted" => "fail", "notTestable" => "notapplicable", _ => "inconclusive" };

    /// <summary>The word of a finding's verdict.</summary>
    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "pass",
        Verdict.Note => "note",
        Verdict.Warn => "warning",
        Verdict.Fail => "fail",
        Verdict.NotApplicable => "does not apply",
        _ => "unknown",
    };

    /// <summary>Its symbol.</summary>
    public static string Symbol(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "✓",
        Verdict.Note => "i",
        Verdict.Warn => "!",
        Verdict.Fail => "✕",
        Verdict.NotApplicable => "–",
        _ => "?",
    };

    /// <summary>Heading of a section.</summary>
    public static string Of(Section section) => section switch
    {
        Section.Environment => "Evidence",
        Section.KernelBuild => "Kernel build",
        Section.CommandLine => "Kernel command line",
        Section.Iommu => "IOMMU",
        Section.Groups => "IOMMU groups",
        Section.MemoryWindows => "BARs",
        Section.Sriov => "SR-IOV",
        Section.Numa => "NUMA",
        Section.Memory => "Huge pages and memory limits",
        Section.Cpu => "CPU and host tuning",
        Section.Guest => "Guest definition",
        _ => section.ToString(),
    };

    /// <summary>The word of a severity.</summary>
    public static string Of(Severity severity) => severity.ToString().ToLowerInvariant();

    /// <summary>How a read went.</summary>
    public static string Of(Outcome outcome) => outcome switch
    {
        Outcome.Found => "found",
        Outcome.Absent => "absent",
        Outcome.Denied => "denied",
        Outcome.Withheld => "withheld: asking would have disturbed the machine",
        Outcome.NotRecorded => "not recorded",
        _ => "failed",
    };

    /// <summary>Active or on, inactive or off.</summary>
    public static string Of(TriState state, string yes, string no) => state switch { TriState.Yes => yes, TriState.No => no, _ => Numbers.Unknown };

    /// <summary>What was compared: latency, or latency p99.</summary>
    public static string Metric(Comparison comparison) =>
        comparison.Statistic == "value" ? comparison.Metric : $"{comparison.Metric} {comparison.Statistic}";

    /// <summary>An effect as it is stated: "better: −20 % [95 %: −21 %, −19 %], n = 10 + 10".</summary>
    public static string Effect(Comparison comparison)
    {
        string count = string.Create(CultureInfo.InvariantCulture, $"n = {comparison.N.Before} + {comparison.N.After}");
        return comparison.Low is null || comparison.High is null
            ? $"{Of(comparison.Verdict)}, {count}"
            : $"{Of(comparison.Verdict)}: {Numbers.Change(comparison.Ratio)} {Interval(comparison)}, {count}";
    }

    /// <summary>"[95 %: −21 %, −19 %]".</summary>
    public static string Interval(Comparison comparison) => comparison.Low is null || comparison.High is null
        ? "–"
        : $"[{Numbers.Percent(comparison.Confidence)}: {Numbers.Change(comparison.Low)}, {Numbers.Change(comparison.High)}]";

    /// <summary>A noise floor as changes.</summary>
    public static string Band(Band? band) => band is null ? "not measured" : $"{Numbers.Change(band.Low)} to {Numbers.Change(band.High)}";
}
