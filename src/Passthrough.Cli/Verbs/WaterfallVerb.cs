using System.CommandLine;
using System.Globalization;
using Passthrough.Cli.Output;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Results;
using Passthrough.Results.Statistics;
using Passthrough.Study;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag bench waterfall</c>: the path of an interrupt, leg by leg.</summary>
internal static class WaterfallVerb
{
    public static Command Build()
    {
        Option<string[]> device = new("--device") { Description = "A function that is on vfio-pci; may be given several times. Without it: the first edu device and the first NVMe controller that are.", HelpName = "BDF" };
        Option<string[]> bind = new("--bind") { Description = "Give this function to vfio-pci for the time of the run, and back afterwards; may be given several times.", HelpName = "BDF" };
        Option<int> blocks = new("--blocks") { Description = "Blocks; every leg runs once in each, in a new order.", DefaultValueFactory = _ => 6 };
        Option<long> seed = new("--seed") { Description = "Seed of the order.", DefaultValueFactory = _ => 1 };
        Option<int> warmUp = new("--warm-up-ms") { Description = "Dropped beginning of each run, milliseconds.", DefaultValueFactory = _ => 150 };
        Option<int> measure = new("--measure-ms") { Description = "Measured stage of each run, milliseconds.", DefaultValueFactory = _ => 500 };
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("waterfall",
            "Measures the path of an interrupt in legs: a clock reading, a register read, VFIO's software trigger, polling, and the interrupt itself, "
            + "spinning and blocked, on the thread's CPU and on another. Interrupts are routed, and functions bound with --bind, for the time of the "
            + "run only.\n\nExamples:\n  ptdiag bench waterfall --bind 0000:00:05.0\n"
            + "  ptdiag bench waterfall --device 0000:41:00.0 --blocks 10 --format json -o legs.json")
        {
            device, bind, blocks, seed, warmUp, measure, format, output,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(blocks) < 1 || parsed.GetValue(warmUp) < 0 || parsed.GetValue(measure) < 1)
            {
                throw CliException.Usage("--blocks and --measure-ms take numbers above zero, --warm-up-ms zero or more.");
            }

            IReadOnlyList<PciAddress> devices = Shared.Addresses(parsed.GetValue(device));
            IReadOnlyList<PciAddress> bound = Shared.Addresses(parsed.GetValue(bind));
            IEvidence evidence = EvidenceSources.Open(null, null);
            HostModel model = HostReader.Read(evidence);
            foreach (PciAddress address in devices.Concat(bound).Where(address => model.Pci.Find(address) is null))
            {
                throw CliException.CouldNotLook($"There is no PCI function {address} on this machine: 'ptdiag devices' lists those there are.");
            }

            using var status = new StatusLine();
            var waterfall = Waterfall.For(model, devices, bound);
            ResultsDocument document = BenchVerb.UnderJournal(evidence, (session, cancel) =>
                waterfall.Run(new LocalStudy(evidence, model, session), model, new StudyOptions
                {
                    Blocks = parsed.GetValue(blocks),
                    Seed = parsed.GetValue(seed),
                    WarmUp = TimeSpan.FromMilliseconds(parsed.GetValue(warmUp)),
                    Measure = TimeSpan.FromMilliseconds(parsed.GetValue(measure)),
                    Version = ToolVersion.Text,
                    Progress = new BenchVerb.InlineProgress(status),
                    Cancel = cancel,
                }));
            status.Dispose();
            if (parsed.GetValue(format) == "json")
            {
                Sink.Write(ResultsJson.Serialize(document), parsed.GetValue(output));
            }
            else
            {
                Terminal.Show(parsed.GetValue(output), console => Draw(console, waterfall, document));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>One row a leg, from the least to the whole path.</summary>
    public static void Draw(IAnsiConsole console, Waterfall waterfall, ResultsDocument document)
    {
        ResultsText.Label(console, document.Machine);
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("Leg", "Device", "Runs", "Median of runs", "Quartiles of runs", "What lies in it");
        foreach (WaterfallLeg leg in waterfall.Legs)
        {
            string? device = leg.Factor.Parameters.GetValueOrDefault("device");
            WorkloadRun[] runs = [.. document.Workloads.Where(run => run.Name == leg.Factor.Workload && run.Variant == leg.Variant
                && run.Parameters.GetValueOrDefault("device") == device)];
            double[] values = [.. runs.Where(run => run.Value is not null).Select(run => run.Value!.Value).Order()];
            if (runs.Length == 0)
            {
                continue;
            }

            table.AddRow(new Text($"{leg.Factor.Workload}: {leg.Variant}"), new Text(device ?? ""),
                new Text(string.Create(CultureInfo.InvariantCulture, $"{values.Length}{(values.Length < runs.Length ? $" of {runs.Length}" : "")}")),
                new Text(values.Length == 0 ? "-" : Value(Quantiles.OfSorted(values, 0.5))),
                new Text(values.Length == 0 ? "-" : $"{Value(Quantiles.OfSorted(values, 0.25))} to {Value(Quantiles.OfSorted(values, 0.75))}"),
                new Text(leg.Contents));
        }

        console.Write(table);
        console.WriteLine(Waterfall.Reading);
        foreach (IGrouping<string, WorkloadRun> leg in document.Workloads.Where(run => run.Rejected is not null).GroupBy(run => $"{run.Name}: {run.Variant}"))
        {
            console.WriteLine($"not counted {leg.Key}, {leg.Count()} run(s): {leg.First().Rejected}");
        }

        foreach (SkippedWorkload skipped in document.Skipped)
        {
            console.WriteLine($"skipped {skipped.Name}: {skipped.Reason}");
        }
    }

    private static string Value(double nanoseconds) => ResultsText.Value(nanoseconds, "nanoseconds");
}
