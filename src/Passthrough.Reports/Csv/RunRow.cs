using CsvHelper;

namespace Passthrough.Reports.Csv;

/// <summary>One run as a row. The columns are documented in docs/csv.md; a column is never renamed or reused.</summary>
[CsvRecord]
internal sealed partial record RunRow
{
    [CsvColumn("workload")]
    public required string Workload { get; init; }

    [CsvColumn("parameters")]
    public required string Parameters { get; init; }

    [CsvColumn("factor")]
    public string? Factor { get; init; }

    [CsvColumn("variant")]
    public required string Variant { get; init; }

    [CsvColumn("block")]
    public required int Block { get; init; }

    [CsvColumn("run")]
    public required int Run { get; init; }

    [CsvColumn("metric")]
    public required string Metric { get; init; }

    [CsvColumn("unit")]
    public required string Unit { get; init; }

    [CsvColumn("value")]
    public double? Value { get; init; }

    [CsvColumn("p50")]
    public double? P50 { get; init; }

    [CsvColumn("p99")]
    public double? P99 { get; init; }

    [CsvColumn("p999")]
    public double? P999 { get; init; }

    [CsvColumn("samples")]
    public required long Samples { get; init; }

    [CsvColumn("rejected")]
    public string? Rejected { get; init; }

    [CsvColumn("witness")]
    public required string Witness { get; init; }

    [CsvColumn("functionalOnly")]
    public required string FunctionalOnly { get; init; }

    [CsvColumn("kernel")]
    public string? Kernel { get; init; }

    [CsvColumn("cpuModel")]
    public string? CpuModel { get; init; }

    [CsvColumn("accelerator")]
    public string? Accelerator { get; init; }

    [CsvColumn("labMachine")]
    public string? LabMachine { get; init; }

    [CsvColumn("seed")]
    public required long Seed { get; init; }
}
