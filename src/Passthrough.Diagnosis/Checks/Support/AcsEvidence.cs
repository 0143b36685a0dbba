using Passthrough.Diagnosis.Grouping;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>Citations of ACS registers, and what shows that a kernel was told to pretend isolation.</summary>
internal static class AcsEvidence
{
    /// <summary>The place in config space that a hop was judged by.</summary>
    public static Citation Cite(HostModel model, PciAddress address) => GroupPrediction.Of(model).Hop(address) is { } hop
        ? new Citation(model.Pci.Find(address)?.Config.Source ?? Functions.Folder(address) + "/config", null, $"{hop.Role}: {hop.Why}")
        : new Citation(Functions.Folder(address) + "/config", null, null);

    /// <summary>The citations of several hops, each once and at most six.</summary>
    public static IReadOnlyList<Citation> Cite(HostModel model, IEnumerable<PciAddress> addresses) =>
        [.. addresses.Distinct().Take(6).Select(address => Cite(model, address))];

    /// <summary>The line by which a patched kernel says that it pretends isolation, or null.</summary>
    public static LogEvent? OverrideLine(HostModel model) =>
        model.Log.Content.IsKnown ? model.Log.Content.Value!.Of(LogEventKind.AcsOverride).LastOrDefault() : null;

    /// <summary>The pcie_acs_override token of the command line, or null.</summary>
    public static CommandLineToken? OverrideToken(HostModel model) =>
        model.Kernel.CommandLine.IsKnown ? model.Kernel.CommandLine.Value!.Named("pcie_acs_override").LastOrDefault() : null;

    /// <summary>The line by which a kernel says that it knows no such parameter, or null.</summary>
    public static LogEvent? IgnoredLine(HostModel model) => model.Log.Content.IsKnown
        ? model.Log.Content.Value!.Of(LogEventKind.UnknownParameters).LastOrDefault(line => line.Text.Contains("pcie_acs_override", StringComparison.Ordinal))
        : null;
}
