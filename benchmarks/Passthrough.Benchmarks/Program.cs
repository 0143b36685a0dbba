using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using Passthrough.Benchmarks;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Passthrough.Benchmarks.Simulating;

// A tree for the published program, whose start and memory are measured from outside: --write-tree FOLDER FUNCTIONS.
if (args is ["--write-tree", var folder, var count])
{
    GeneratedTree.Write(folder, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture));
    return;
}

// The statistics put to the test by simulation: simulate [STUDIES] [SEED].
if (args is ["simulate", ..])
{
    SimulationTable.Write(Console.Out, args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 4000,
        args.Length > 2 ? long.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 1);
    return;
}

// In this process: the default toolchain writes and builds a project of its own, which knows nothing of this
// repository's package versions. The timeout is raised because its default ends long jobs.
IConfig config = DefaultConfig.Instance.AddJob(
    Job.Default.WithToolchain(new InProcessEmitToolchain(TimeSpan.FromHours(1), logOutput: true)).AsDefault());
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
