using System.Globalization;
using System.Text;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Passthrough.Reports.Csv;
using Passthrough.Reports.Json;
using Passthrough.Results;
using Passthrough.Results.Claims;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary>What a study ends in: the page, the results of each guest, the comparison, the runs as CSV and the audit of this machine.</summary>
internal static class StudyReport
{
    /// <summary>Folder of the newest report.</summary>
    public const string Latest = "latest";

    /// <summary>Name of a dated folder.</summary>
    public static string Stamp(DateTimeOffset now) => now.ToString("yyyy-MM-dd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Makes a folder, or says why it cannot be made.</summary>
    public static DirectoryInfo CreateFolder(this DirectoryInfo output, string name)
    {
        try
        {
            return output.CreateSubdirectory(name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CliException.CouldNotLook($"The folder {Path.Combine(output.FullName, name)} cannot be made ({error.Message.TrimEnd('.')}): name another with --output.");
        }
    }

    /// <summary>Writes the report into each folder, draws the comparison on the terminal and names the page in the last folder.</summary>
    public static void Write(IReadOnlyList<DirectoryInfo> folders, string title, AuditResult audit, IReadOnlyList<(string? Name, ResultsDocument Document)> results,
        IReadOnlyList<DeclaredClaim> claims)
    {
        ResultsDocument[] documents = [.. results.Select(result => result.Document)];
        ComparisonDocument comparison = ReportVerb.Compare(documents, claims);
        var files = new Dictionary<string, string>
        {
            ["index.html"] = ReportVerb.Render(audit, documents, title, DateTimeOffset.UtcNow, claims),
            ["results.json"] = ResultsJson.Serialize(documents[0]),
            ["comparison.json"] = ResultsJson.Serialize(comparison),
            ["results.csv"] = ResultsCsv.Write(documents),
            ["findings.json"] = Documents.Findings(audit, ToolVersion.Info),
        };
        for (int i = 1; i < results.Count; i++)
        {
            files[$"results-{results[i].Name ?? i.ToString(CultureInfo.InvariantCulture)}.json"] = ResultsJson.Serialize(documents[i]);
        }

        foreach (DirectoryInfo folder in folders)
        {
            foreach ((string name, string content) in files)
            {
                Sink.WriteFile(Path.Combine(folder.FullName, name), Encoding.UTF8.GetBytes(content));
            }
        }

        Terminal.Show(null, console => Draw(console, documents, claims));
        Console.Out.WriteLine($"report: {Path.Combine(folders[^1].FullName, "index.html")}");
    }

    /// <summary>The comparison within each document, and what could not be measured.</summary>
    public static void Draw(IAnsiConsole console, IEnumerable<ResultsDocument> documents, IReadOnlyList<DeclaredClaim> claims)
    {
        foreach (ResultsDocument document in documents)
        {
            ResultsText.Draw(console, ReportVerb.Compare([document], claims));
            foreach (SkippedWorkload skipped in document.Skipped)
            {
                console.WriteLine($"skipped {skipped.Name}: {skipped.Reason}");
            }
        }
    }
}
