using Passthrough.Bench.Engine;
using Passthrough.Host.Model;
using Passthrough.Results;

namespace Passthrough.Study;

/// <summary>A study of one variant: workloads as the machine is, interleaved run by run.</summary>
public static class PlainStudy
{
    /// <summary>Runs each workload so many times; a workload that cannot run here ends the study with its sentence.</summary>
    /// <exception cref="BenchException">A workload cannot run here.</exception>
    public static ResultsDocument Run(IReadOnlyList<WorkloadInfo> workloads, IReadOnlyDictionary<string, string> parameters, int runs,
        HostModel model, StudyOptions options)
    {
        foreach (WorkloadInfo workload in workloads)
        {
            if (workload.WhyNot(model) is { } reason)
            {
                throw new BenchException($"{workload.Name} cannot run here: {reason}");
            }
        }

        var results = new List<WorkloadRun>();
        for (int run = 0; run < runs; run++)
        {
            foreach (WorkloadInfo workload in workloads)
            {
                options.Progress?.Report(new StudyProgress(results.Count, runs * workloads.Count, workload.Name));
                results.Add(BenchEngine.Run(workload, parameters, model, new RunOptions
                {
                    Variant = "only",
                    Run = run,
                    Block = run,
                    WarmUp = options.WarmUp,
                    Measure = options.Measure,
                    Cancel = options.Cancel,
                    Destructive = options.Destructive,
                }));
            }
        }

        return new ResultsDocument
        {
            Tool = new ToolIdentity("ptdiag", options.Version),
            Machine = MachineSummaries.Of(model),
            Design = new StudyDesign(options.Seed, runs, [.. results.Select(item => item.Variant)], "run"),
            Workloads = results,
        };
    }
}
