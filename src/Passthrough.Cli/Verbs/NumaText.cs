using System.Globalization;
using Passthrough.Results;
using Passthrough.Results.Numa;
using Passthrough.Results.Statistics;
using Passthrough.Study.Numa;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary>Latency and bandwidth by node as text.</summary>
internal static class NumaText
{
    /// <summary>One matrix a workload: a row for each node with CPUs, a column for each with memory.</summary>
    public static void Draw(IAnsiConsole console, ResultsDocument document)
    {
        foreach (IGrouping<string, WorkloadRun> workload in document.Workloads.GroupBy(run => run.Name).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            bool latency = workload.First().Metric == "latency";
            console.WriteLine(latency
                ? "Latency of a dependent load, ns: median over blocks (lowest to highest)"
                : "Bandwidth of the triad by all CPUs of a node, GB/s of 10^9 bytes: median over blocks (lowest to highest)");
            var table = new Table { Border = TableBorder.Simple };
            string[] columns = Numbers(workload, "node");
            table.AddColumn("CPUs of node");
            foreach (string column in columns)
            {
                table.AddColumn("memory of node " + column);
            }

            foreach (string row in Numbers(workload, NumaStudy.CpuNode))
            {
                table.AddRow([new Text(row), .. columns.Select(column => new Text(Cell(
                    [.. workload.Where(run => run.Parameters[NumaStudy.CpuNode] == row && run.Parameters["node"] == column)], latency ? 1 : 1e-9)))]);
            }

            console.Write(table);
        }

        foreach (SkippedWorkload skipped in document.Skipped)
        {
            console.WriteLine($"skipped {skipped.Name}: {skipped.Reason}");
        }

        if (Numbers(document.Workloads, "node").Length == 1)
        {
            console.WriteLine("This machine shows one node with memory: 'ptdiag bench numa --find-hidden' measures whether that is so.");
        }
    }

    /// <summary>Medians by CPU and block, then what they show.</summary>
    public static void Draw(IAnsiConsole console, ResultsDocument document, HiddenNodeAnswer answer)
    {
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Latency of a dependent load, ns: median over {answer.Rounds} rounds"));
        var table = new Table { Border = TableBorder.Simple };
        string[] cpus = Numbers(document.Workloads, "cpu");
        table.AddColumn("Block");
        table.AddColumn("begins at");
        foreach (string cpu in cpus)
        {
            table.AddColumn("CPU " + cpu);
        }

        foreach (string block in Numbers(document.Workloads, "block"))
        {
            WorkloadRun[] runs = [.. document.Workloads.Where(run => run.Parameters["block"] == block)];
            table.AddRow([new Text(block), new Text(Place(runs)), .. cpus.Select(cpu => new Text(
                Median([.. runs.Where(run => run.Parameters["cpu"] == cpu)])))]);
        }

        console.Write(table);
        console.WriteLine(answer.Sentence);
        foreach (NodeGroup group in answer.Groups)
        {
            console.WriteLine($"  CPUs {string.Join(',', group.Cpus)} with blocks {string.Join(',', group.Blocks)}");
        }
    }

    private static string Cell(WorkloadRun[] runs, double scale)
    {
        double[] values = [.. runs.Where(run => run.Value is not null).Select(run => run.Value!.Value * scale).Order()];
        return values.Length == 0 ? "-"
            : string.Create(CultureInfo.InvariantCulture, $"{Quantiles.OfSorted(values, 0.5):0.0} ({values[0]:0.0} to {values[^1]:0.0})");
    }

    private static string Median(WorkloadRun[] runs)
    {
        double[] values = [.. runs.Where(run => run.Value is not null).Select(run => run.Value!.Value)];
        return values.Length == 0 ? "-" : Quantiles.Median(values).ToString("0.0", CultureInfo.InvariantCulture);
    }

    private static string Place(WorkloadRun[] runs) => runs.Length > 0 && runs[0].Witness.TryGetValue("physicalAddress", out double address)
        ? string.Create(CultureInfo.InvariantCulture, $"{address / (1L << 30):0.00} GiB")
        : "-";

    private static string[] Numbers(IEnumerable<WorkloadRun> runs, string parameter) =>
        [.. runs.Select(run => run.Parameters[parameter]).Distinct().OrderBy(text => int.Parse(text, CultureInfo.InvariantCulture))];
}
