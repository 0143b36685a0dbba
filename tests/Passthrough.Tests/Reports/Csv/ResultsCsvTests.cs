using Passthrough.Reports.Csv;
using Passthrough.Results;
using Passthrough.Tests.Results;
using Xunit;

namespace Passthrough.Tests.Reports.Csv;

public sealed class ResultsCsvTests
{
    [Fact]
    public void No_runs_give_the_header_alone() => Assert.Equal(
        "workload,parameters,factor,variant,block,run,metric,unit,value,p50,p99,p999,samples,rejected,witness,functionalOnly,kernel,cpuModel,accelerator,labMachine,seed\n",
        ResultsCsv.Write(Documents.Of()));

    [Fact]
    public void Every_column_is_documented()
    {
        string documentation = File.ReadAllText(Path.Combine(Fixtures.Repository, "docs", "csv.md"));
        Assert.All(ResultsCsv.Write(Documents.Of()).TrimEnd('\n').Split(','), column => Assert.Contains($"`{column}`", documentation, StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_are_as_approved()
    {
        ResultsDocument document = Documents.Of([
            .. Documents.Runs("untuned", [1234.5, 0.001, 1e12], pages: 4096),
            .. Documents.Runs("tuned", [double.NaN], metric: "throughput", parameters: new Dictionary<string, string> { ["b"] = "x,y", ["a"] = "say \"hi\"\nthere" })]);
        document = document with
        {
            Workloads = [.. document.Workloads.Select((run, i) => i == 1 ? run with { Rejected = "=cmd()", Value = null, Percentiles = null } : run)],
            Machine = document.Machine with { CpuModel = null },
        };
        Approved.Check("Reports/Csv/Runs.verified.csv", ResultsCsv.Write([document, Documents.Of()]));
    }
}
