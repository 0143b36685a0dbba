using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Passthrough.Benchmarks;
using Passthrough.Benchmarks.Agreement;
using Passthrough.Benchmarks.Simulating;
using Passthrough.Benchmarks.Workloads;

switch (args)
{
    // A tree for the published program, whose start and memory are measured from outside: --write-tree FOLDER FUNCTIONS.
    case ["--write-tree", var folder, var count]:
        GeneratedTree.Write(folder, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture));
        return 0;
    // The published program beside the tools of today, and over trees that grow: audit-times PTDIAG [BLOCKS].
    case ["audit-times", var program, .. var number]:
        return AuditTimes.Run(program, number.Length > 0 ? int.Parse(number[0], System.Globalization.CultureInfo.InvariantCulture) : 40);
    // The statistics put to the test by simulation: simulate [STUDIES] [SEED].
    case ["simulate", .. var figures]:
        SimulationTable.Write(Console.Out, figures.Length > 0 ? int.Parse(figures[0], System.Globalization.CultureInfo.InvariantCulture) : 4000,
            figures.Length > 1 ? long.Parse(figures[1], System.Globalization.CultureInfo.InvariantCulture) : 1);
        return 0;

    // Other programs in the same blocks as ours; --help lists the options.
    case ["agreement", .. var rest]:
        return AgreementCommand.Run(rest);
    // BenchmarkDotNet's engine in the same blocks as ours.
    case ["second-opinion", .. var rest]:
        return SecondOpinion.Compare(rest);
    case [SecondOpinion.RunVerb, var workload, .. var words]:
        return SecondOpinion.RunOne(workload, words);
    case [SecondOpinion.VersionVerb]:
        Console.WriteLine("BenchmarkDotNet " + typeof(BenchmarkRunner).Assembly.GetName().Version?.ToString(3));
        return 0;
    default:
        // In this process: the default toolchain writes and builds a project of its own, which knows nothing of this
        // repository's package versions. The timeout is raised because its default ends long jobs.
        IConfig config = DefaultConfig.Instance.AddJob(
            Job.Default.WithToolchain(new InProcessEmitToolchain(TimeSpan.FromHours(1), logOutput: true)).AsDefault());
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
        return 0;
}
