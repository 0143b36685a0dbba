using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Passthrough.Benchmarks.Agreement;
using Passthrough.Results.Agreeing;
using Perfolizer.Mathematics.OutlierDetection;

namespace Passthrough.Benchmarks.Workloads;

/// <summary>
/// BenchmarkDotNet as one more reference program: a process that measures one workload once and prints one line of JSON, so that its runs
/// interleave with ours like any other's.
/// </summary>
internal static class SecondOpinion
{
    /// <summary>Measures one workload once: WORKLOAD NAME=VALUE….</summary>
    public const string RunVerb = "second-opinion-run";

    /// <summary>Prints BenchmarkDotNet's version.</summary>
    public const string VersionVerb = "second-opinion-version";

    private const int Warmups = 10;
    private const int Iterations = 100;

    /// <summary>
    /// The class around a workload, or null. An engine outside of a workload times whole operations: not one of the map workload's two calls, and
    /// not how late a sleep ended, so those have no second opinion of this kind.
    /// </summary>
    public static Type? BenchmarkOf(string workload) => workload switch
    {
        "memory.chase" => typeof(MemoryChase),
        "memory.stream" => typeof(MemoryStream),
        _ => null,
    };

    /// <summary><c>second-opinion</c>: both engines in the same blocks, with their spread and their ratio.</summary>
    public static int Compare(IReadOnlyList<string> args)
    {
        string[] rows = [.. AgreementRows.All.Where(row => row.Reference is SecondEngine).Select(row => row.Name)];
        int code = AgreementCommand.Run([.. args, "--rows", .. rows]);
        if (code is 0 or 1)
        {
            foreach (RowReport report in RowFiles.Read(AgreementOptions.Parse(args).Output).Where(report => rows.Contains(report.Row) && report.Skipped is null))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Row}: {report.Workload} in {report.Unit}, {report.Blocks} blocks ({report.Where})"));
                foreach (AgreementResult result in report.Results)
                {
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  BenchmarkDotNet {AgreementText.Number(result.ReferenceMedian)}, runs spread by {result.ReferenceSpread * 100:0.0} %"));
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  ptdiag          {AgreementText.Number(result.OursMedian)}, runs spread by {result.OursSpread * 100:0.0} %"));
                    Console.WriteLine($"  {AgreementText.Short(result)}");
                }
            }
        }

        return code;
    }

    /// <summary>Measures one workload once and prints <c>{"value":V,"p50":null,"p99":null,"samples":N}</c>: the median of the iterations in the workload's unit.</summary>
    public static int RunOne(string workload, IEnumerable<string> words)
    {
        WorkloadBenchmark.Parameters = words.Select(word => word.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[^1]);
        string artifacts = Directory.CreateTempSubdirectory("ptdiag-second-").FullName;
        TextWriter own = Console.Out;
        try
        {
            // BenchmarkDotNet tells of validation on the console, whatever the loggers are; the one line has to stand alone.
            Console.SetOut(Console.Error);
            IConfig config = ManualConfig.CreateEmpty()
                .AddJob(Job.Default.WithToolchain(new InProcessEmitToolchain(TimeSpan.FromHours(1), logOutput: false))
                    .WithStrategy(RunStrategy.Monitoring).WithWarmupCount(Warmups).WithIterationCount(Iterations).WithOutlierMode(OutlierMode.DontRemove))
                .AddColumnProvider(DefaultColumnProviders.Instance)
                .WithOptions(ConfigOptions.DisableLogFile)
                .WithArtifactsPath(artifacts);
            Summary summary = BenchmarkRunner.Run(BenchmarkOf(workload)!, config);
            Console.SetOut(own);
            if (summary.Reports is not [{ Success: true, ResultStatistics: { } statistics }])
            {
                Console.Error.WriteLine($"BenchmarkDotNet measured nothing of {workload}: {WorkloadBenchmark.Failure ?? string.Join(' ', summary.ValidationErrors.Select(error => error.Message))}");
                return 3;
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"value\":{WorkloadBenchmark.InUnit!(statistics.Median):R},\"p50\":null,\"p99\":null,\"samples\":{statistics.N}}}"));
            return 0;
        }
        finally
        {
            Console.SetOut(own);
            Directory.Delete(artifacts, recursive: true);
        }
    }
}
