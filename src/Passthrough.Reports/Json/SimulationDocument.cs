using Passthrough.Diagnosis.Simulation;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Reports.Json;

/// <summary><c>ptdiag.simulation/1</c>: what giving functions to a guest would do.</summary>
internal sealed record SimulationDocument(string Schema, ToolInfo Tool, string Source, IReadOnlyList<string> Requested, string Outcome, IReadOnlyList<SimulationStopEntry> Stops,
    IReadOnlyList<SimulationUnknownEntry> Unknowns, IReadOnlyList<LeavingEntry> Leaving, IReadOnlyList<OutlookEntry> Groups, IReadOnlyList<ResetEntry> Resets,
    IReadOnlyList<LossEntry> Losses, string InterruptRemapping, IReadOnlyList<string> Notes)
{
    /// <summary>The document of a simulation on a machine.</summary>
    public static SimulationDocument From(HostModel model, SimulationResult result, ToolInfo tool) => new(
        "ptdiag.simulation/1", tool, Words.Of(model.Source), Texts(result.Requested), Words.Of(result.Outcome),
        [.. result.Stops.Select(stop => new SimulationStopEntry(Words.Of(stop.Kind), stop.Address?.ToString(), stop.Sentence, stop.WayOut))],
        [.. result.Unknowns.Select(item => new SimulationUnknownEntry(Words.Of(item.Kind), item.Address?.ToString(), item.Sentence))],
        [.. result.Leaving.Select(item => new LeavingEntry(item.Address.ToString(), Words.Of(item.Reason), item.BecauseOf.ToString(), item.Driver, item.MustUnbind,
            model.Pci.Find(item.Address)?.DeviceName))],
        [.. result.Groups.Select(group => new OutlookEntry(group.Id, group.ViableBefore, group.ViableAfter, Texts(group.Staying)))],
        [.. result.Resets.Select(reset => new ResetEntry(reset.Address.ToString(), reset.Methods, reset.Alone, Texts(reset.Along)))],
        [.. result.Losses.Select(loss => new LossEntry(loss.Address.ToString(), loss.Use, loss.BootCritical))],
        result.InterruptRemapping switch { Diagnosis.TriState.Yes => "on", Diagnosis.TriState.No => "off", _ => "unknown" }, result.Notes);

    private static IReadOnlyList<string> Texts(IReadOnlyList<PciAddress> addresses) => [.. addresses.Select(address => address.ToString())];
}

internal sealed record SimulationStopEntry(string Kind, string? Address, string Sentence, string WayOut);

internal sealed record SimulationUnknownEntry(string Kind, string? Address, string Sentence);

internal sealed record LeavingEntry(string Address, string Reason, string BecauseOf, string? Driver, bool? MustUnbind, string? DeviceName);

internal sealed record OutlookEntry(string Id, bool? ViableBefore, bool? ViableAfter, IReadOnlyList<string> Staying);

internal sealed record ResetEntry(string Address, IReadOnlyList<string>? Methods, bool? Alone, IReadOnlyList<string> Along);

internal sealed record LossEntry(string Address, string Use, bool BootCritical);
