using System.Diagnostics;
using System.Globalization;
using Passthrough.Host.Model;
using Passthrough.Results;
using Passthrough.Results.Agreeing;
using Passthrough.Study;
using Judging = Passthrough.Results.Agreeing.Agreement;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>Runs one row: blocks of the three variants in random order, looked at a few times, until the answer is known or the bounds are reached.</summary>
internal sealed class RowRunner(AgreementPlace place, Placeholders placeholders, HostModel model, AgreementOptions options, CancellationToken cancel)
{
    private const int FailuresInARow = 3;
    private static readonly TimeSpan s_runMost = TimeSpan.FromMinutes(2);

    /// <summary>The row's report and, where it ran, its runs.</summary>
    public (RowReport Report, ResultsDocument? Runs) Run(AgreementRow row)
    {
        RowReport report = RowReport.Of(row, options.Where, options.Seed);
        if (row.Reference.WhyNot(place) is { } reason)
        {
            return (report with { Skipped = reason }, null);
        }

        try
        {
            SortedDictionary<string, string> parameters = placeholders.Fill(row.Parameters);
            SortedDictionary<string, string> theirs = new(parameters, StringComparer.Ordinal);
            foreach ((string name, string value) in placeholders.Fill(row.ReferenceOnly))
            {
                theirs[name] = value;
            }

            return Run(row, report with { Parameters = parameters }, theirs);
        }
        catch (AgreementException error)
        {
            return (report with { Skipped = error.Message }, null);
        }
    }

    private (RowReport, ResultsDocument) Run(AgreementRow row, RowReport report, SortedDictionary<string, string> theirs)
    {
        string outputFile = Path.Combine(place.Temporary, "output.json");
        string[] referenceCommand = row.Reference.Command(theirs, row.Lengths, place, outputFile);
        string[] ourCommand = PtdiagRun.Command(row, report.Parameters, row.Lengths, place);

        // Both sides once before anything counts: what is missing shows here, and caches are as warm for the first run as for the others.
        WorkloadRun sample = PtdiagRun.Read(Programs.Run(ourCommand, s_runMost, cancel));
        Figures(row, referenceCommand, outputFile);

        IReadOnlyList<int> looks = Judging.Looks(options.BlocksMost);
        double confidence = Judging.ConfidenceOfLook(looks.Count);
        IReadOnlyList<ScheduledRun> schedule = Schedule.Make(1, options.BlocksMost, options.Seed);
        var runs = new List<WorkloadRun>(schedule.Count);
        var lost = new List<string>();
        AgreementResult[] results = [];
        string endedBy = "all blocks were run";
        long started = Stopwatch.GetTimestamp();
        int failures = 0;
        int blocks = 0;
        while (blocks < options.BlocksMost)
        {
            foreach (ScheduledRun next in schedule.Skip(blocks * 3).Take(3))
            {
                WorkloadRun run = Once(row, next, sample, report.Parameters, ourCommand, referenceCommand, outputFile);
                runs.Add(run);
                failures = run.Rejected is null ? 0 : failures + 1;
                if (run.Rejected is { } why)
                {
                    lost.Add(string.Create(CultureInfo.InvariantCulture, $"block {next.Block + 1}, {run.Variant}: {why}"));
                }
            }

            blocks++;
            bool late = Stopwatch.GetElapsedTime(started).TotalMinutes >= options.MinutesMost;
            bool failing = failures >= FailuresInARow;
            if (!looks.Contains(blocks) && !late && !failing)
            {
                continue;
            }

            results = [.. row.Rules.Select(rule => Judging.Judge(runs, rule, confidence))];
            options.Tell($"{row.Name}: {blocks} blocks, {string.Join(", ", results.Select(AgreementText.Short))}");
            if (results.All(result => result.IsSettled) || late || failing)
            {
                endedBy = failing ? string.Create(CultureInfo.InvariantCulture, $"{FailuresInARow} runs in a row failed")
                    : results.All(result => result.IsSettled) ? "the answer was known"
                    : string.Create(CultureInfo.InvariantCulture, $"{options.MinutesMost} minutes were over");
                break;
            }
        }

        MachineSummary machine = MachineSummaries.Of(model);
        report = report with
        {
            At = DateTimeOffset.UtcNow,
            Unit = sample.Unit,
            WhoVersion = Version(row),
            ReferenceCommand = Shown(referenceCommand),
            OurCommand = Shown(ourCommand),
            Blocks = blocks,
            Lost = lost,
            EndedBy = endedBy,
            Machine = AgreementText.Machine(machine),
            Emulated = machine.EmulatedReason,
            Results = results,
        };
        return (report, new ResultsDocument
        {
            Tool = new ToolIdentity("ptdiag", options.Version),
            Machine = machine with { LabMachine = options.LabMachine },
            Design = new StudyDesign(options.Seed, blocks, [.. runs.Select(run => run.Variant)], "run"),
            Workloads = runs,
        });
    }

    private WorkloadRun Once(AgreementRow row, ScheduledRun next, WorkloadRun sample, IReadOnlyDictionary<string, string> parameters,
        string[] ourCommand, string[] referenceCommand, string outputFile)
    {
        // The study's schedule, whose words are those of a setting before and after.
        string variant = next.Variant switch
        {
            Schedule.Untuned => Judging.Reference,
            Schedule.UntunedAgain => Judging.ReferenceAgain,
            _ => Judging.Ours,
        };
        WorkloadRun run = new()
        {
            Name = row.Workload,
            Parameters = parameters,
            Metric = sample.Metric,
            Unit = sample.Unit,
            Variant = variant,
            Factor = row.Reference.Who,
            Run = next.Block,
            Block = next.Block,
            Value = null,
            Samples = 0,
            Witness = new Dictionary<string, double>(),
        };
        try
        {
            if (variant == Judging.Ours)
            {
                return PtdiagRun.Read(Programs.Run(ourCommand, s_runMost, cancel)) with
                {
                    Parameters = run.Parameters,
                    Variant = run.Variant,
                    Factor = run.Factor,
                    Run = run.Run,
                    Block = run.Block,
                };
            }

            ReferenceFigures figures = Figures(row, referenceCommand, outputFile);
            return run with
            {
                Value = figures.Value,
                Percentiles = figures.P50 is null && figures.P99 is null ? null : new Percentiles(figures.P50, figures.P99, null),
                Samples = figures.Samples,
            };
        }
        catch (AgreementException error)
        {
            return run with { Rejected = error.Message };
        }
    }

    private ReferenceFigures Figures(AgreementRow row, string[] command, string outputFile)
    {
        File.Delete(outputFile);
        ProgramEnd end = Programs.Run(command, s_runMost, cancel);
        if (end.ExitCode != 0)
        {
            throw new AgreementException($"{row.Reference.Who}: {end.LastWords}");
        }

        if (row.Reference.WritesFile && !File.Exists(outputFile))
        {
            throw new AgreementException($"{row.Reference.Who} wrote no result: {end.LastWords}");
        }

        return row.Reference.Read(row.Reference.WritesFile ? File.ReadAllText(outputFile) : end.Output);
    }

    // Folders that another machine does not have are left out.
    private string Shown(string[] command) => AgreementText.CommandLine(command
        .Select(word => word.Replace(place.Temporary + "/", "", StringComparison.Ordinal)
            .Replace(Path.GetDirectoryName(place.ProgramPath("x")) + "/", "", StringComparison.Ordinal)
            .Replace(AgreementOptions.Root() + "/", "", StringComparison.Ordinal)));

    private string? Version(AgreementRow row)
    {
        try
        {
            // Whatever the exit code: cyclictest's help, which begins with its version, ends with 1.
            ProgramEnd end = Programs.Run(row.Reference.VersionCommand(place), s_runMost, cancel);
            string text = end.Output.Length > 0 ? end.Output : end.Error;
            return text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        }
        catch (AgreementException)
        {
            return null;
        }
    }
}
