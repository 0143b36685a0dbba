using System.CommandLine;
using System.Globalization;
using System.Text;
using Passthrough.Cli.Output;
using Passthrough.Host.Evidence;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Model;
using Passthrough.Reports.Json;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag interrupts</c>: routing.</summary>
internal static class InterruptsVerb
{
    public static Command Build()
    {
        Option<bool> all = new("--all", "-a") { Description = "Also list interrupts that belong to no PCI function." };
        Option<string?> root = Shared.Root();
        Option<string?> bundle = Shared.Bundle();
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("interrupts",
            "Shows which interrupt belongs to which function, whether it is remapped, and which CPUs take it.\n\nExamples:\n"
            + "  ptdiag interrupts\n  ptdiag interrupts --bundle case.tar.zst --format json")
        {
            all, root, bundle, format, output,
        };
        command.SetAction(parsed =>
        {
            IEvidence evidence = Shared.Open(parsed.GetValue(root), parsed.GetValue(bundle));
            HostModel model = HostReader.Read(evidence);
            if (parsed.GetValue(format) == "json")
            {
                Sink.Write(Documents.Interrupts(model.Interrupts, ToolVersion.Info), parsed.GetValue(output));
            }
            else if (model.Interrupts.Table.IsKnown)
            {
                bool everything = parsed.GetValue(all);
                Terminal.Show(parsed.GetValue(output), console => Draw(console, model.Interrupts, everything));
            }

            return model.Interrupts.Table.IsKnown
                ? ExitCodes.Done
                : throw CliException.CouldNotLook($"{model.Interrupts.Table.Source} could not be read on {evidence.DisplayName} "
                    + $"({model.Interrupts.Table.Why ?? model.Interrupts.Table.Outcome.ToString().ToLowerInvariant()}).");
        });
        return command;
    }

    private static void Draw(IAnsiConsole console, InterruptState state, bool everything)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("IRQ", "Function", "Kind", "Remapped", "CPUs allowed", "CPUs in effect", "Node", "Total", "Busiest CPU", "Handler");
        IReadOnlyList<InterruptLine> shown = [.. state.Lines.Where(line => everything || line.Device is not null || line.IsVfio)];
        foreach (InterruptLine line in shown)
        {
            table.AddRow(
                new Text(line.Irq), new Text(line.Device?.ToString() ?? ""), new Text(line.Kind?.ToString().ToLowerInvariant() ?? "?"),
                new Text(line.IsRemapped ? "yes" : "no"), new Text(line.Affinity.Or(null)?.ToString() ?? "?"),
                new Text(line.EffectiveAffinity.Or(null)?.ToString() ?? "?"),
                new Text(line.Node.IsKnown ? line.Node.Value.ToString(CultureInfo.InvariantCulture) : "?"),
                new Text(line.Total.ToString("N0", CultureInfo.InvariantCulture)), new Text(Busiest(line, state.Table.Value!)), new Text(line.Action));
        }

        console.Write(table);
        int remapped = state.Lines.Count(line => line.IsRemapped);
        var summary = new StringBuilder();
        summary.Append(CultureInfo.InvariantCulture, $"{shown.Count} of {state.Lines.Count} numbered interrupts shown, {remapped} remapped, {state.Lines.Count(line => line.IsVfio)} on VFIO");
        if (state.Table.Value!.Named.TryGetValue("PIN", out long notifications))
        {
            summary.Append(CultureInfo.InvariantCulture, $", {notifications:N0} posted-interrupt notifications");
        }

        console.WriteLine(summary.Append('.').ToString());
    }

    private static string Busiest(InterruptLine line, InterruptTable table)
    {
        if (line.Total == 0)
        {
            return "-";
        }

        int best = 0;
        for (int i = 1; i < line.Counts.Count; i++)
        {
            best = line.Counts[i] > line.Counts[best] ? i : best;
        }

        int cpu = table.CpuColumns is { } columns && best < columns.Count ? columns[best] : best;
        return string.Create(CultureInfo.InvariantCulture, $"CPU{cpu} {100.0 * line.Counts[best] / line.Total:0} %");
    }
}
