using System.CommandLine;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Simulation;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Reports.Json;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag simulate</c>: plays giving functions to a guest through and changes nothing.</summary>
internal static class SimulateVerb
{
    public static Command Build()
    {
        Argument<string[]> addresses = new("BDF") { Description = "Functions to give to a guest together.", Arity = ArgumentArity.OneOrMore };
        Option<string?> root = Shared.Root();
        Option<string?> bundle = Shared.Bundle();
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("simulate",
            "Simulates giving functions to a guest: what leaves the host with them, what it loses, what forbids it. Changes nothing. "
            + "Exit codes: 0 possible, 1 it must not or cannot be done, 3 something that could stand against it was not seen.\n\nExamples:\n"
            + "  ptdiag simulate 0000:01:00.0\n  ptdiag simulate 0000:01:00.0 0000:01:00.1 --bundle case.tar.zst --format json")
        {
            addresses, root, bundle, format, output,
        };
        command.SetAction(parsed =>
        {
            IReadOnlyList<PciAddress> requested = Shared.Addresses(parsed.GetValue(addresses));
            IEvidence evidence = Shared.Open(parsed.GetValue(root), parsed.GetValue(bundle));
            HostModel model = HostReader.Read(evidence);
            if (!model.Pci.Devices.IsKnown)
            {
                throw CliException.CouldNotLook($"PCI functions could not be seen on {evidence.DisplayName}: {model.Pci.Devices.Source} "
                    + $"({model.Pci.Devices.Why ?? model.Pci.Devices.Outcome.ToString().ToLowerInvariant()}).");
            }

            foreach (PciAddress address in requested.Where(address => model.Pci.Find(address) is null))
            {
                throw CliException.CouldNotLook($"There is no PCI function {address} on {evidence.DisplayName}: 'ptdiag devices' lists those there are.");
            }

            SimulationResult result = Simulator.Simulate(model, requested);
            if (parsed.GetValue(format) == "json")
            {
                Sink.Write(Documents.Simulation(model, result, ToolVersion.Info), parsed.GetValue(output));
            }
            else
            {
                Terminal.Show(parsed.GetValue(output), console => Draw(console, model, result, evidence.DisplayName));
            }

            return result.Outcome switch
            {
                SimulationOutcome.Possible => ExitCodes.Done,
                SimulationOutcome.Stop => ExitCodes.Failed,
                _ => ExitCodes.CouldNotLook,
            };
        });
        return command;
    }

    private static void Draw(IAnsiConsole console, HostModel model, SimulationResult result, string where)
    {
        string names = string.Join(' ', result.Requested);
        console.WriteLine(result.Outcome switch
        {
            SimulationOutcome.Possible => $"Possible: {names} can be given to a guest ({where}). Nothing was changed.",
            SimulationOutcome.Stop => $"Stop: {names} must not or cannot be given to a guest as asked ({where}). Nothing was changed.",
            _ => $"Not known: whether {names} can be given to a guest depends on what was not seen ({where}). Nothing was changed.",
        });
        Section(console, "What stands against it", result.Stops.Select(stop => $"{stop.Sentence} {stop.WayOut}"));
        Section(console, "What would have to be known", result.Unknowns.Select(item => item.Sentence));
        Section(console, "What leaves the host", result.Leaving.Select(item => $"{item.Address} {Name(model, item.Address)}[{item.Driver ?? (item.MustUnbind is null ? "driver not known" : "no driver")}]: {Words(item)}"));
        Section(console, "What the host loses", result.Losses.Select(loss => $"{loss.Address}: {loss.Use}{(loss.BootCritical ? " (it cannot do without)" : "")}"));
        Section(console, "Groups", result.Groups.Select(group => $"group {group.Id}: viable {Word(group.ViableBefore)} now, {Word(group.ViableAfter)} once all of it has left"
            + (group.Staying.Count == 0 ? "" : $"; stays with the host: {string.Join(' ', group.Staying)}")));
        Section(console, "Reset between guests", result.Resets.Select(reset => $"{reset.Address}: {(reset.Methods is null ? "methods not seen" : reset.Methods.Count == 0 ? "no method" : string.Join(' ', reset.Methods))}; "
            + (reset.Alone switch { true => "alone", false => reset.Along.Count == 0 ? "with its bus, where nothing else is" : "with its bus: " + string.Join(' ', reset.Along), _ => "scope not known" })));
        Section(console, "Remarks", [.. result.Notes, $"Interrupts are {result.InterruptRemapping switch { TriState.Yes => "remapped", TriState.No => "not remapped", _ => "remapped or not: not known" }}."]);
    }

    private static void Section(IAnsiConsole console, string title, IEnumerable<string> lines)
    {
        string[] all = [.. lines];
        if (all.Length == 0)
        {
            return;
        }

        console.WriteLine();
        console.WriteLine(title + ":");
        foreach (string line in all)
        {
            console.WriteLine("  " + line);
        }
    }

    private static string Word(bool? value) => value switch { true => "yes", false => "no", _ => "not known" };

    private static string Name(HostModel model, PciAddress address) => model.Pci.Find(address) is { DeviceName: { } name } ? name + " " : "";

    private static string Words(LeavingFunction item) => item.Reason switch
    {
        LeavingReason.GroupMate => $"shares a group with {item.BecauseOf}",
        LeavingReason.ResetTogether => $"is reset together with {item.BecauseOf}",
        LeavingReason.VirtualFunction => $"is a virtual function of {item.BecauseOf}",
        _ => "asked for",
    };
}
