using System.CommandLine;
using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Workloads;
using Passthrough.Cli.Output;
using Passthrough.Guests;
using Passthrough.Guests.Transports;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Results;
using Passthrough.Study;
using Passthrough.Study.Conducting;
using Passthrough.Tuning;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag bench</c>: workloads on this machine.</summary>
internal static class BenchVerb
{
    public static Command Build() => new("bench", "Workloads on this machine, host or guest: storage and DMA throughput, VFIO map cost, interrupt and timer latency, memory latency and bandwidth, NUMA nodes, network, GPU copies.")
    {
        List(), Run(), WaterfallVerb.Build(), BenchNuma.Build(), BenchServe.Build(),
    };

    /// <summary>
    /// Runs something that changes the machine under the journal, after taking back what an earlier run left. A signal cancels the token
    /// that the work is handed; once the work has ended everything is taken back.
    /// </summary>
    public static T UnderJournal<T>(IEvidence evidence, Func<TuningSession, CancellationToken, T> work)
    {
        using Journal journal = Journal.Open(Journal.DefaultPath);
        using var session = new TuningSession(evidence, new KernelFile(), journal);
        using ConsoleInterrupt interrupt = new(session);
        // What 'tune apply' made stays until 'tune undo'.
        if (session.UndoLeftOpen(entry => entry.Plan is null).Problems is [var left, ..])
        {
            throw CliException.CouldNotLook($"A change of an earlier run could not be taken back: {left}. Mend it by hand, then remove {Journal.DefaultPath}.");
        }

        try
        {
            T result = work(session, interrupt.Token);
            return interrupt.ExitCode is { } code ? throw Stopped(code, TakenBack(session)) : result;
        }
        // Whatever a run says that was ended in its middle, the signal is the reason.
        catch (Exception error) when (interrupt.ExitCode is not null && IsOfTheEnd(error))
        {
            throw Stopped(interrupt.ExitCode.Value, TakenBack(session));
        }
        finally
        {
            TakenBack(session);
        }
    }

    /// <summary>
    /// Runs something that changes nothing on this machine until it ends or a signal comes, which cancels the token: then the exit code is
    /// the signal's, whatever the work says.
    /// </summary>
    public static T Interruptible<T>(Func<CancellationToken, T> work)
    {
        using ConsoleInterrupt interrupt = new(null);
        try
        {
            T result = work(interrupt.Token);
            return interrupt.ExitCode is { } code ? throw Stopped(code, whole: true) : result;
        }
        catch (Exception error) when (interrupt.ExitCode is not null && IsOfTheEnd(error))
        {
            throw Stopped(interrupt.ExitCode.Value, whole: true);
        }
    }

    private static bool IsOfTheEnd(Exception error) =>
        error is OperationCanceledException or BenchException or TuningException or LabException or GuestException or StudyException;

    private static bool TakenBack(TuningSession session)
    {
        IReadOnlyList<string> problems = session.UndoAll();
        foreach (string problem in problems)
        {
            Console.Error.WriteLine($"A change could not be taken back: {problem}. It is recorded in {Journal.DefaultPath}; 'ptdiag tune undo' tries again.");
        }

        return problems.Count == 0;
    }

    private static CliException Stopped(int exitCode, bool whole) =>
        new(exitCode, whole ? "Stopped; everything that was changed has been taken back." : "Stopped; not everything that was changed could be taken back.");

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
        Option<string[]> sweep = new("--sweep")
        {
            Description = "Values that a parameter takes in turn; given several times, all combinations run. In each of --runs blocks every combination runs once, in random order.",
            HelpName = "NAME=V1,V2,…",
            AllowMultipleArgumentsPerToken = false,
        };
        Option<int> runs = new("--runs") { Description = "Runs of each workload; the run is the unit.", DefaultValueFactory = _ => 10 };
        Option<string?> bind = new("--bind") { Description = "Give this function to vfio-pci for the time of the run, and back afterwards.", HelpName = "BDF" };
        Option<bool> beforeAfter = new("--before-after") { Description = "Run every comparison that this machine offers in randomised blocks with an A/A pair." };
        Option<int> blocks = new("--blocks") { Description = "Paired blocks with --before-after.", DefaultValueFactory = _ => 6 };
        Option<long> seed = new("--seed") { Description = "Seed of the block order.", DefaultValueFactory = _ => 1 };
        Option<int> warmUp = new("--warm-up-ms") { Description = "Dropped beginning of each run, milliseconds.", DefaultValueFactory = _ => 150 };
        Option<int> measure = new("--measure-ms") { Description = "Measured stage of each run, milliseconds.", DefaultValueFactory = _ => 500 };
        Option<bool> destructive = new("--destructive") { Description = "Allow a workload that writes to overwrite the device or file it names." };
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("run",
            "Runs workloads on this machine. Nothing is changed unless --bind or --before-after asks for it, and everything is taken back; "
            + "what --destructive overwrites is lost.\n\nExamples:\n"
            + "  ptdiag bench run memory.chase --set pages=2m\n  ptdiag bench run memory.stream --set cpus=0-3\n"
            + "  ptdiag bench run gpu.copy --set direction=d2h --set host=hugepage\n  ptdiag bench run irq.edu.msi --bind 0000:00:05.0 --format json -o irq.json\n"
            + "  ptdiag bench run memory.chase --sweep sizeBytes=2097152,16777216,134217728 --runs 6\n"
            + "  ptdiag bench run --before-after --blocks 10 -o results.json --format json")
        {
            names, set, sweep, runs, bind, beforeAfter, blocks, seed, warmUp, measure, destructive, format, output,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(runs) < 1 || parsed.GetValue(blocks) < 1 || parsed.GetValue(warmUp) < 0 || parsed.GetValue(measure) < 1)
            {
                throw CliException.Usage("--runs, --blocks and --measure-ms take numbers above zero, --warm-up-ms zero or more.");
            }

            IReadOnlyDictionary<string, string> parameters = Parameters(parsed.GetValue(set));
            RequireConsent(parsed.GetValue(names) ?? [], parameters, parsed.GetValue(destructive));
            IEvidence evidence = EvidenceSources.Open(null, null);
            HostModel model = HostReader.Read(evidence);
            using var status = new StatusLine();
            var options = new StudyOptions
            {
                Blocks = parsed.GetValue(blocks),
                Seed = parsed.GetValue(seed),
                WarmUp = TimeSpan.FromMilliseconds(parsed.GetValue(warmUp)),
                Measure = TimeSpan.FromMilliseconds(parsed.GetValue(measure)),
                Destructive = parsed.GetValue(destructive),
                Version = ToolVersion.Text,
                Progress = new InlineProgress(status),
            };
            ResultsDocument document = parsed.GetValue(beforeAfter)
                ? UnderJournal(evidence, (session, cancel) => new LocalStudy(evidence, model, session).Run(BeforeAfter.For(model), options with { Cancel = cancel }))
                : Plain(parsed.GetValue(names) ?? [], parameters, Axes(parsed.GetValue(sweep)), parsed.GetValue(runs), parsed.GetValue(bind), evidence, model, options);
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

    // Writing needs two words of the user: the option, and the full name of what is lost.
    private static void RequireConsent(string[] names, IReadOnlyDictionary<string, string> parameters, bool destructive)
    {
        (string Name, Overwriting What)[] writing = [.. names.Select(WorkloadCatalog.Find).OfType<WorkloadInfo>()
            .Select(info => (info.Name, What: info.Overwrites(parameters))).Where(item => item.What is not null).Select(item => (item.Name, item.What!))];
        foreach ((string name, Overwriting what) in writing)
        {
            if (!what.IsFullName)
            {
                throw CliException.Usage($"{name} would write to '{what.Target}': name what is to be overwritten by its full path, such as --set device=/dev/nvme1n1.");
            }

            if (!destructive)
            {
                throw CliException.Usage($"{name} would overwrite {what.Target}: give --destructive too if its content may be lost.");
            }
        }

        if (destructive && writing.Length == 0)
        {
            throw CliException.Usage("--destructive is given and nothing of this run writes: leave it out, or choose rw=write or rw=mix.");
        }
    }

    private static ResultsDocument Plain(string[] names, IReadOnlyDictionary<string, string> parameters, List<SweepAxis> axes, int runs, string? bind,
        IEvidence evidence, HostModel model, StudyOptions options)
    {
        if (names.Length == 0)
        {
            throw CliException.Usage("Name a workload of 'ptdiag bench list', or --before-after.");
        }

        List<WorkloadInfo> workloads = [.. names.Select(name => WorkloadCatalog.Find(name)
            ?? throw CliException.Usage($"There is no workload '{name}': 'ptdiag bench list' lists them."))];
        if (axes.Count > 0 && workloads.Count > 1)
        {
            throw CliException.Usage("--sweep goes with one workload: run the others on their own.");
        }

        if (bind is null)
        {
            return Study(model, options);
        }

        PciAddress address = Shared.Addresses([bind])[0];
        if (model.Pci.Find(address) is null)
        {
            throw CliException.CouldNotLook($"There is no PCI function {address} on this machine: 'ptdiag devices' lists those there are.");
        }

        return UnderJournal(evidence, (session, cancel) =>
        {
            session.Apply(Steps.Bind(evidence, model, address, "vfio-pci", "bench run --bind"));

            // What the machine is after the binding is what the workload has to find.
            return Study(HostReader.Read(evidence), options with { Cancel = cancel });
        });

        ResultsDocument Study(HostModel now, StudyOptions how) => axes.Count == 0
            ? PlainStudy.Run(workloads, parameters, runs, now, how)
            : SweepStudy.Run(workloads[0], SweepStudy.Matrix(parameters, axes), runs, now, how);
    }

    private static List<SweepAxis> Axes(string[]? items)
    {
        var axes = new List<SweepAxis>();
        foreach (string item in items ?? [])
        {
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            string[] values = equals < 1 ? [] : item[(equals + 1)..].Split(',', StringSplitOptions.TrimEntries);
            if (values.Length < 2 || values.Any(value => value.Length == 0) || values.Distinct().Count() < values.Length)
            {
                throw CliException.Usage($"'{item}' sweeps no parameter: write --sweep NAME=V1,V2,… with at least two different values.");
            }

            axes.Add(new SweepAxis(item[..equals], values));
        }

        return axes;
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
