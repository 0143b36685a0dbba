using Passthrough.Results;

namespace Passthrough.Reports.Charts;

/// <summary>Names of groups and sides as charts and tables write them.</summary>
internal static class GroupText
{
    /// <summary>mem.chase (size=64M), hugepages.</summary>
    public static string Of(RunGroup group) => Of(group.Name, group.Parameters, group.Factor);

    /// <summary>The same of a comparison.</summary>
    public static string Of(Comparison comparison) => Of(comparison.Workload, comparison.Parameters, comparison.Factor);

    /// <summary>mem.chase, hugepages: where the table beside it has the parameters.</summary>
    public static string Short(Comparison comparison) => comparison.Factor is null
        ? Of(comparison)
        : comparison.Workload + ", " + comparison.Factor;

    /// <summary>tuned (backing=hugetlb).</summary>
    public static string Of(RunVariant variant) => variant.Name + Pairs(variant.Knob);

    /// <summary>Pairs in brackets after a space; nothing of none.</summary>
    public static string Pairs(IReadOnlyDictionary<string, string> parameters) => parameters.Count == 0
        ? ""
        : " (" + string.Join(", ", parameters.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")) + ")";

    private static string Of(string name, IReadOnlyDictionary<string, string> parameters, string? factor) =>
        name + Pairs(parameters) + (factor is null ? "" : ", " + factor);
}
