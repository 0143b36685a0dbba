using System.Globalization;
using System.Text;
using Passthrough.Results;
using Passthrough.Results.Agreeing;
using Judging = Passthrough.Results.Agreeing.Agreement;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>The table as Markdown.</summary>
internal static class AgreementText
{
    /// <summary>The whole page.</summary>
    /// <param name="reports">Rows in order.</param>
    /// <param name="command">The command line that wrote it.</param>
    public static string Page(IReadOnlyList<RowReport> reports, string command)
    {
        var text = new StringBuilder();
        text.Append("# Agreement with other programs\n\n");
        text.Append("Each block runs the reference, the reference again and ptdiag once each in random order. The ratio is ptdiag / reference, ")
            .Append("paired by block (Hodges and Lehmann's estimate of the log ratios, Wilcoxon bounds). The A/A floor is the reference against itself, ")
            .Append("95 %. Runs are looked at four times at most, and the interval is wide enough that all looks together hold 95 %. ")
            .Append("*Agrees*: the whole interval lies within the tolerance, and the floor's half-width is at most half of it. ")
            .Append("*Differs*: the whole interval lies outside of the tolerance and of the floor. No run is left out for its figure.\n\n");
        text.Append("| row | who | where | parameters | compared | blocks | A/A floor | spread (theirs, ours) | medians (theirs, ours) | ratio | interval | tolerance | verdict |\n")
            .Append("|---|---|---|---|---|--:|--:|--:|--:|--:|--:|--:|---|\n");
        foreach (RowReport report in reports.Where(report => report.Skipped is null))
        {
            foreach (AgreementResult result in report.Results)
            {
                text.Append(Line(report, result));
            }
        }

        Section(text, "Not run", reports.Where(report => report.Skipped is not null),
            report => $"{report.Row} ({report.Workload} against {report.Who}, {report.Where}): {report.Skipped}");
        Section(text, "How each row ended", reports.Where(report => report.Skipped is null),
            report => $"{report.Row} ({report.Where}, {report.At:yyyy-MM-dd HH:mm} UTC, seed {report.Seed}): {report.EndedBy}{Lost(report)}");
        Section(text, "Commands", reports.Where(report => report.Skipped is null),
            report => $"{report.Row}:\n  - reference: `{report.ReferenceCommand}`\n  - ours: `{report.OurCommand}`");
        Section(text, "Versions", reports.Where(report => report.WhoVersion is not null).Select(report => (report.Where, report.Who, report.WhoVersion)).Distinct(),
            version => $"{version.Who} ({version.Where}): {version.WhoVersion}");
        Section(text, "Machines", reports.Where(report => report.Machine is not null).Select(report => (report.Where, report.Machine, report.Emulated)).Distinct(),
            machine => $"{machine.Where}: {machine.Machine}{(machine.Emulated is { } reason ? $". Functional only: {reason}" : "")}");
        text.Append("\nWritten by `").Append(command).Append("`. The runs lie beside this page as ptdiag.results/1; `ptdiag compare FILE` reads them.\n");
        return text.ToString();
    }

    /// <summary>A rule's result in a few words.</summary>
    public static string Short(AgreementResult result) =>
        $"{Name(result.Rule.Statistic)} {Ratio(result.Ratio)} {Interval(result.Interval)} {Verdict(result)}";

    /// <summary>A figure, or a dash for what is unknown.</summary>
    public static string Number(double? number) => number is not { } value ? "–"
        : value.ToString(value >= 1000 ? "#,0" : "0.00", CultureInfo.InvariantCulture);

    /// <summary>A command as it can be typed.</summary>
    public static string CommandLine(IEnumerable<string> words) =>
        string.Join(' ', words.Select(word => word.All(letter => char.IsAsciiLetterOrDigit(letter) || "-_=./:,+".Contains(letter, StringComparison.Ordinal)) ? word : $"'{word}'"));

    /// <summary>The machine in a few words.</summary>
    public static string Machine(MachineSummary machine) => string.Create(CultureInfo.InvariantCulture,
        $"{machine.CpuModel ?? "processor unknown"}, {machine.Cpus?.ToString(CultureInfo.InvariantCulture) ?? "?"} CPUs, Linux {machine.Kernel ?? "unknown"}, clock {machine.Clocksource ?? "unknown"}");

    private static string Line(RowReport report, AgreementResult result) => string.Create(CultureInfo.InvariantCulture,
        $"| {report.Row} | {report.Who} | {report.Where} | {Parameters(report)} | {Compared(report, result)} | {result.Blocks} | {Floor(result.Floor)} | "
        + $"{Share(result.ReferenceSpread)}, {Share(result.OursSpread)} | {Number(result.ReferenceMedian)}, {Number(result.OursMedian)} | {Ratio(result.Ratio)} | "
        + $"{Interval(result.Interval)} | {Tolerance(result)} | {Verdict(result)} |\n");

    private static string Parameters(RowReport report) =>
        report.Workload + string.Concat(report.Parameters.Select(pair => $" {pair.Key}={Path.GetFileName(pair.Value)}"));

    private static string Compared(RowReport report, AgreementResult result) =>
        $"{Name(result.Rule.Statistic)}, {(result.Rule.Statistic == AgreementStatistic.Value ? report.Unit : "nanoseconds")}";

    private static string Verdict(AgreementResult result) => result.Verdict switch
    {
        AgreementVerdict.Agrees => "agrees",
        AgreementVerdict.Differs => "differs",
        AgreementVerdict.AtLeast => "at least that",
        AgreementVerdict.Below => "below that",
        AgreementVerdict.NotDecidable => $"not decidable here (floor ±{Share(Judging.HalfWidth(result.Floor!))})",
        AgreementVerdict.TooFewBlocks => "too few blocks",
        _ => "inconclusive",
    };

    private static string Tolerance(AgreementResult result) => result.Rule switch
    {
        { AtLeast: { } least } => string.Create(CultureInfo.InvariantCulture, $"at least {least:0.0#}×"),
        { Absolute: { } absolute } => string.Create(CultureInfo.InvariantCulture,
            $"±{result.Rule.Relative * 100:0.#} % or {absolute:0} ns (±{(result.Tolerance ?? result.Rule.Relative) * 100:0.#} %)"),
        _ => string.Create(CultureInfo.InvariantCulture, $"±{result.Rule.Relative * 100:0.#} %"),
    };

    private static string Name(AgreementStatistic statistic) => statistic switch
    {
        AgreementStatistic.P50 => "p50",
        AgreementStatistic.P99 => "p99",
        _ => "value",
    };

    private static string Ratio(double? ratio) => ratio is { } value ? value.ToString("0.000", CultureInfo.InvariantCulture) : "–";

    private static string Interval(Band? band) => band is null ? "–" : string.Create(CultureInfo.InvariantCulture, $"{band.Low:0.000} to {band.High:0.000}");

    private static string Floor(Band? band) => band is null ? "–" : $"{Interval(band)} (±{Share(Judging.HalfWidth(band))})";

    private static string Share(double? share) => share is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value * 100:0.0} %") : "–";

    private static string Lost(RowReport report) => report.Lost.Count == 0 ? ""
        : string.Create(CultureInfo.InvariantCulture, $"; {report.Lost.Count} run(s) without a figure, the first: {report.Lost[0]}");

    private static void Section<T>(StringBuilder text, string title, IEnumerable<T> items, Func<T, string> line)
    {
        T[] all = [.. items];
        if (all.Length > 0)
        {
            text.Append("\n## ").Append(title).Append("\n\n").AppendJoin('\n', all.Select(item => "- " + line(item))).Append('\n');
        }
    }
}
