using Passthrough.Bench.Engine;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Results;
using Passthrough.Study.Files;
using Passthrough.Tuning;

namespace Passthrough.Study.Conducting;

/// <summary>One run of a study on the machine that this process runs on: its knobs are turned, the workload runs, and all is turned back.</summary>
public static class StudyStep
{
    /// <summary>
    /// Makes the run. A workload that cannot run here, or a knob that cannot be turned, is no error of the study: the document then holds no run
    /// and the reason.
    /// </summary>
    /// <param name="file">The study.</param>
    /// <param name="item">Which knob and workload.</param>
    /// <param name="variant">untuned, tuned or untuned-again.</param>
    /// <param name="block">0-based block.</param>
    /// <param name="now">This machine, not recorded.</param>
    /// <param name="session">Where changes are made.</param>
    /// <param name="version">The tool's version.</param>
    /// <param name="cancel">Ends the run in its middle.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static ResultsDocument Run(StudyFile file, StudyItem item, string variant, int block, IEvidence now, TuningSession session, string version, CancellationToken cancel)
    {
        Factor factor = item.Factor;
        Setting setting = item.SettingOf(variant);
        HostModel model = HostReader.Read(now);
        var options = new StudyOptions { Blocks = file.Blocks, Seed = file.Seed, WarmUp = file.WarmUp, Measure = file.Measure, Version = version, Cancel = cancel };
        WorkloadRun? run = null;
        SkippedWorkload? skipped = null;
        try
        {
            // What the machine is with the knobs turned is what the workload has to find; the interrupt of its own comes with it.
            var own = new Setting(setting.Parameters, [.. factor.Standing.Concat(setting.Knobs).OfType<Knob.InterruptCpu>()]);
            run = new LocalStudy(now, model, session).Under(factor.Standing.Concat(setting.Knobs), factor.Name, () =>
            {
                cancel.ThrowIfCancellationRequested();
                return new LocalStudy(now, HostReader.Read(now), session).Once(factor, own, variant, block, options);
            });
        }
        catch (Exception error) when (error is BenchException or TuningException && !error.Message.StartsWith(LocalStudy.NotTakenBack, StringComparison.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            skipped = SkippedOf(item, error.Message);
        }

        return new ResultsDocument
        {
            Tool = new ToolIdentity("ptdiag", version),
            Machine = MachineSummaries.Of(model),
            Design = new StudyDesign(file.Seed, file.Blocks, run is null ? [] : [variant], "run"),
            Workloads = run is null ? [] : [run],
            Skipped = skipped is null ? [] : [skipped],
        };
    }

    /// <summary>The entry of a knob and workload that could not be measured.</summary>
    public static SkippedWorkload SkippedOf(StudyItem item, string reason) => new($"{item.WorkloadId} ({item.Factor.Name})", reason, item.Factor.Name);
}
