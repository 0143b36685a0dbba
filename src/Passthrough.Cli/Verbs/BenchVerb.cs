using System.CommandLine;
using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads;
using Passthrough.Cli.Output;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Results;
using Passthrough.Study;
using Passthrough.Tuning;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag bench</c>: workloads on this machine.</summary>
internal static class BenchVerb
{
    public static Command Build() => new("bench", "Workloads on this machine, host or guest: DMA throughput, VFIO map cost, interrupt latency, memory latency and bandwidth, NUMA nodes, GPU copies.")
    {
        List(), Run(), BenchNuma.Build(),
    };

    /// <summary>Runs something that changes the machine under the journal, after taking back what an earlier run left.</summary>
    public static T UnderJournal<T>(IEvidence evidence, Func<TuningSession, T> work)
    {
        using Journal journal = Journal.Open(Journal.DefaultPath);
        using var session = new TuningSession(evidence, new KernelFile(), journal);
        if (session.UndoLeftOpen() is [var left, ..])
        {
            throw CliException.CouldNotLook($"A change of an earlier run could not be taken back: {left}. Mend it by hand, then remove {Journal.DefaultPath}.");
        }

        using ConsoleInterrupt interrupt = new(session);
        try
        {
            return work(session);
        }
        finally
        {
            foreach (string problem in session.UndoAll())
            {
                Console.Error.WriteLine($"A change could not be taken back: {problem}. It is recorded in {Journal.DefaultPath}.");
            }
        }
    }

    private static Command List()
    {
        var command = new Command("list", "Lists the workloads, their parameters, and why one cannot run here.");
        command.SetAction(_ =>
        {
            HostModel model = HostReader.Read(EvidenceSources.Open(null, null));
            Terminal.Show(null, console =>
            {
                foreach (WorkloadInfo workload in WorkloadCatalog.All)
                {
                    console.WriteLine($"{workload.Name}: {workload.Summary} ({workload.Metric}, {workload.Unit})");
                    foreach (WorkloadParameter parameter in workload.Parameters)
                    {
                        console.WriteLine($"    {parameter.Name}={parameter.Default}  {parameter.Meaning}");
                    }

                    console.WriteLine(workload.WhyNot(model) is { } reason ? $"    not here: {reason}" : "    can run here");
                }
            });
        });
        return command;
    }

    private static Command Run()
    {
        Argument<string[]> names = new("WORKLOAD") { Description = "Workloads of 'ptdiag bench list'.", Arity = ArgumentArity.ZeroOrMore };
        Option<string[]> set = new("--set") { Description = "A parameter of the workload.", HelpName = "NAME=VALUE", AllowMultipleArgumentsPerToken = false };
        Option<int> runs = new("--runs") { Description = "Runs of each workload; the run is the unit.", DefaultValueFactory = _ => 10 };
        Option<string?> bind = new("--bind") { Description = "Give this function to vfio-pci for the time of the run, and back afterwards.", HelpName = "BDF" };
        Option<bool> beforeAfter = new("--before-after") { Description = "Run every comparison that this machine offers in randomised blocks with an A/A pair." };
        Option<int> blocks = new("--blocks") { Description = "Paired blocks with --before-after.", DefaultValueFactory = _ => 6 };
        Option<long> seed = new("--seed") { Description = "Seed of the block order.", DefaultValueFactory = _ => 1 };
        Option<int> warmUp = new("--warm-up-ms") { Description = "Dropped beginning of each run, milliseconds.", DefaultValueFactory = _ => 150 };
        Option<int> measure = new("--measure-ms") { Description = "Measured stage of each run, milliseconds.", DefaultValueFactory = _ => 500 };
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("run",
            "Runs workloads on this machine. Nothing is changed unless --bind or --before-after asks for it, and everything is taken back.\n\nExamples:\n"
            + "  ptdiag bench run memory.chase --set pages=2m\n  ptdiag bench run memory.stream --set cpus=0-3\n  ptdiag bench run gpu.copy --set direction=d2h --set host=hugepage\n  ptdiag bench run irq.edu.msi --bind 0000:00:05.0 --format json -o irq.json\n"
            + "  ptdiag bench run --before-after --blocks 10 -o results.json --format json")
        {
            names, set, runs, bind, beforeAfter, blocks, seed, warmUp, measure, format, output,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(runs) < 1 || parsed.GetValue(blocks) < 1 || parsed.GetValue(warmUp) < 0 || parsed.GetValue(measure) < 1)
            {
                throw CliException.Usage("--runs, --blocks and --measure-ms take numbers above zero, --warm-up-ms zero or more.");
            }

            IEvidence evidence = EvidenceSources.Open(null, null);
            HostModel model = HostReader.Read(evidence);
            using var status = new StatusLine();
            var options = new StudyOptions
            {
                Blocks = parsed.GetValue(blocks),
                Seed = parsed.GetValue(seed),
                WarmUp = TimeSpan.FromMilliseconds(parsed.GetValue(warmUp)),
                Measure = TimeSpan.FromMilliseconds(parsed.GetValue(measure)),
                Version = ToolVersion.Text,
                Progress = new InlineProgress(status),
            };
            ResultsDocument document = parsed.GetValue(beforeAfter)
                ? UnderJournal(evidence, session => new LocalStudy(evidence, model, session).Run(BeforeAfter.For(model), options))
                : Plain(parsed.GetValue(names) ?? [], Parameters(parsed.GetValue(set)), parsed.GetValue(runs), parsed.GetValue(bind), evidence, model, options);
            status.Dispose();
            if (parsed.GetValue(format) == "json")
            {
                Sink.Write(ResultsJson.Serialize(document), parsed.GetValue(output));
            }
            else
            {
                Terminal.Show(parsed.GetValue(output), console => ResultsText.Draw(console, document));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static ResultsDocument Plain(string[] names, IReadOnlyDictionary<string, string> parameters, int runs, string? bind, IEvidence evidence,
        HostModel model, StudyOptions options)
    {
        if (names.Length == 0)
        {
            throw CliException.Usage("Name a workload of 'ptdiag bench list', or --before-after.");
        }

        List<WorkloadInfo> workloads = [.. names.Select(name => WorkloadCatalog.Find(name)
            ?? throw CliException.Usage($"There is no workload '{name}': 'ptdiag bench list' lists them."))];
        if (bind is null)
        {
            return PlainStudy.Run(workloads, parameters, runs, model, options);
        }

        PciAddress address = Shared.Addresses([bind])[0];
        if (model.Pci.Find(address) is null)
        {
            throw CliException.CouldNotLook($"There is no PCI function {address} on this machine: 'ptdiag devices' lists those there are.");
        }

        return UnderJournal(evidence, session =>
        {
            session.Apply(Steps.Bind(evidence, model, address, "vfio-pci", "bench run --bind"));

            // What the machine is after the binding is what the workload has to find.
            return PlainStudy.Run(workloads, parameters, runs, HostReader.Read(evidence), options);
        });
    }

    private static SortedDictionary<string, string> Parameters(string[]? items)
    {
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string item in items ?? [])
        {
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw CliException.Usage($"'{item}' sets no parameter: write --set NAME=VALUE.");
            }

            parameters[item[..equals]] = item[(equals + 1)..];
        }

        return parameters;
    }

    internal sealed class InlineProgress(StatusLine status) : IProgress<StudyProgress>
    {
        public void Report(StudyProgress value) =>
            status.Report(string.Create(CultureInfo.InvariantCulture, $"run {value.Done}/{value.Total} {value.Text}"));
    }
}
