using System.CommandLine;
using System.Globalization;
using System.Text;
using Passthrough.Cli.Output;
using Passthrough.Host.Logs;
using Passthrough.Reports.Json;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag log</c>: classifies a kernel log.</summary>
internal static class LogVerb
{
    public static Command Build()
    {
        Argument<string> file = new("FILE") { Description = "A saved kernel log ('-' for standard input)." };
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("log",
            "Classifies the lines of a kernel log that speak of the IOMMU, VFIO, interrupts or firmware, and says what each means.\n\nExamples:\n"
            + "  dmesg | ptdiag log -\n  ptdiag log /var/log/dmesg --format json")
        {
            file, format, output,
        };
        command.SetAction(parsed =>
        {
            ClassifiedLog log = LogClassifier.Classify(Encoding.UTF8.GetString(Sink.Read(parsed.GetValue(file)!)));
            if (parsed.GetValue(format) == "json")
            {
                Sink.Write(Documents.Log(log, ToolVersion.Info), parsed.GetValue(output));
            }
            else
            {
                Terminal.Show(parsed.GetValue(output), console => Draw(console, log));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static void Draw(IAnsiConsole console, ClassifiedLog log)
    {
        foreach (IGrouping<(LogEventKind, string), LogEvent> same in log.Events
            .Where(item => item.Kind != LogEventKind.GroupAssigned).GroupBy(item => (item.Kind, item.Meaning)))
        {
            LogEvent first = same.First();
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{same.Count()} × {first.Meaning}{(first.CheckIds.Count > 0 ? $" ({string.Join(", ", first.CheckIds)})" : "")}"));
            foreach (LogEvent item in same.Take(3))
            {
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    line {item.Line}: {item.Text}"));
            }
        }

        List<LogEvent> faults = [.. log.Faults];
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{log.Lines} lines, {log.Events.Count} recognised, {(log.FaultsSuppressed ? "at least " : "")}{faults.Count} IOMMU faults, "
            + $"{log.Groups.Count} groups assigned{(log.ReachesBoot ? "" : "; the log does not reach back to the boot, so a line that is missing proves nothing")}."));
        foreach (IGrouping<string, LogEvent> device in faults.Where(item => item.Device is not null).GroupBy(item => item.Device.ToString()!))
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {device.Key}: {device.Count()} faults"));
        }
    }
}
