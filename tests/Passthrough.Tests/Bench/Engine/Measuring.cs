using HdrHistogram;
using HdrHistogram.Utilities;
using Passthrough.Bench.Engine;
using Passthrough.Results;
using Xunit;

namespace Passthrough.Tests.Bench.Engine;

/// <summary>Tests that measure run alone: a collection that another test causes would reject their run.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Measuring
{
    /// <summary>The collection's name.</summary>
    public const string Name = "measuring";

    /// <summary>The library reads what was written without its help.</summary>
    public static HistogramBase Decode(string text) =>
        HistogramEncoding.DecodeFromCompressedByteBuffer(ByteBuffer.Allocate(Convert.FromBase64String(text)), 0);

    /// <summary>A run that no garbage collection of the test host fell into; ten attempts.</summary>
    public static WorkloadRun Undisturbed(WorkloadInfo info, Dictionary<string, string> parameters, RunOptions options)
    {
        WorkloadRun run = BenchEngine.Run(info, parameters, Diagnosis.Models.Blank, options);
        for (int attempt = 1; attempt < 10 && run.Rejected == BenchEngine.GarbageCollection; attempt++)
        {
            run = BenchEngine.Run(info, parameters, Diagnosis.Models.Blank, options);
        }

        return run;
    }
}
