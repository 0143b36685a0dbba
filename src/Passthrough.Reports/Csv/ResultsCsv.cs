using System.Globalization;
using CsvHelper;
using Passthrough.Results;

namespace Passthrough.Reports.Csv;

/// <summary>Results as CSV (RFC 4180, "\n" between lines, UTF-8 without a mark when written): one row a run, rejected ones too.</summary>
public static class ResultsCsv
{
    /// <summary>A spreadsheet would run text that begins like a formula; an apostrophe in front makes it text.</summary>
    private static readonly CsvWriterOptions Options = CsvWriterOptions.Default with { NewLine = "\n", Injection = CsvInjection.Escape };

    /// <summary>One document.</summary>
    public static string Write(ResultsDocument document) => Write([document]);

    /// <summary>Several documents one after the other under one header.</summary>
    public static string Write(IEnumerable<ResultsDocument> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var writer = CsvWriter.Create(text, Options, leaveOpen: true))
        {
            writer.WriteRecords(documents.SelectMany(Rows));
        }

        return text.ToString();
    }

    private static IEnumerable<RunRow> Rows(ResultsDocument document) => document.Workloads.Select(run => new RunRow
    {
        Workload = run.Name,
        Parameters = Pairs(run.Parameters, value => value),
        Factor = run.Factor,
        Variant = run.Variant,
        Block = run.Block,
        Run = run.Run,
        Metric = run.Metric,
        Unit = run.Unit,
        Value = Finite(run.Value),
        P50 = Finite(run.Percentiles?.P50),
        P99 = Finite(run.Percentiles?.P99),
        P999 = Finite(run.Percentiles?.P999),
        Samples = run.Samples,
        Rejected = run.Rejected,
        Witness = Pairs(run.Witness, value => value.ToString("R", CultureInfo.InvariantCulture)),
        FunctionalOnly = document.Machine.Emulated ? "true" : "false",
        Kernel = document.Machine.Kernel,
        CpuModel = document.Machine.CpuModel,
        Accelerator = document.Machine.Accelerator,
        LabMachine = document.Machine.LabMachine,
        Seed = document.Design.Seed,
    });

    private static string Pairs<T>(IReadOnlyDictionary<string, T> pairs, Func<T, string> text) =>
        string.Join(';', pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={text(pair.Value)}"));

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
