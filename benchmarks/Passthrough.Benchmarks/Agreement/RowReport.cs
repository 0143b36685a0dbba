using System.Text.Json;
using System.Text.Json.Serialization;
using Passthrough.Results.Agreeing;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>What became of a row: everything that the table shows of it, kept in a file, so that the table can hold rows of several runs and machines.</summary>
internal sealed record RowReport
{
    /// <summary>The row.</summary>
    public required string Row { get; init; }

    /// <summary>Our workload.</summary>
    public required string Workload { get; init; }

    /// <summary>What it was held against.</summary>
    public required string Who { get; init; }

    /// <summary>Its version, as it says it.</summary>
    public string? WhoVersion { get; init; }

    /// <summary>"this machine", or the name of the lab machine.</summary>
    public required string Where { get; init; }

    /// <summary>When it was finished, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Parameters of both sides.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    /// <summary>Unit of the values.</summary>
    public string? Unit { get; init; }

    /// <summary>The reference's command.</summary>
    public string? ReferenceCommand { get; init; }

    /// <summary>Our command.</summary>
    public string? OurCommand { get; init; }

    /// <summary>Blocks that were run.</summary>
    public int Blocks { get; init; }

    /// <summary>Runs that failed or were rejected, with their reasons.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>Why no more blocks were run.</summary>
    public string? EndedBy { get; init; }

    /// <summary>Seed of the order.</summary>
    public long Seed { get; init; }

    /// <summary>Kernel, processor and their number.</summary>
    public string? Machine { get; init; }

    /// <summary>Why the machine's figures say nothing of hardware; null when they do.</summary>
    public string? Emulated { get; init; }

    /// <summary>What was judged; empty when the row did not run.</summary>
    public IReadOnlyList<AgreementResult> Results { get; init; } = [];

    /// <summary>Why the row did not run; null when it did.</summary>
    public string? Skipped { get; init; }

    /// <summary>A row of which nothing is known yet.</summary>
    public static RowReport Of(AgreementRow row, string where, long seed) => new()
    {
        Row = row.Name,
        Workload = row.Workload,
        Who = row.Reference.Who,
        Where = where,
        At = DateTimeOffset.UtcNow,
        Parameters = row.Parameters,
        Seed = seed,
    };
}

/// <summary>Generated code for the file of a row.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n", UseStringEnumConverter = true)]
[JsonSerializable(typeof(RowReport))]
internal sealed partial class RowReportContext : JsonSerializerContext;

/// <summary>The files of rows: FOLDER/WHERE/ROW.json beside FOLDER/WHERE/ROW.results.json.</summary>
internal static class RowFiles
{
    /// <summary>Writes a row.</summary>
    public static void Write(string folder, RowReport report) =>
        File.WriteAllText(PathOf(folder, report.Row, ".json"), JsonSerializer.Serialize(report, RowReportContext.Default.RowReport) + "\n");

    /// <summary>A file of a row; the folder is made.</summary>
    public static string PathOf(string folder, string row, string suffix)
    {
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, row + suffix);
    }

    /// <summary>All rows below a folder, in the order of the table and of their places.</summary>
    public static IReadOnlyList<RowReport> Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        List<string> order = [.. AgreementRows.All.Select(row => row.Name)];
        return [.. Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories)
            .Where(path => !path.EndsWith(".results.json", StringComparison.Ordinal))
            .Select(ReadOne)
            .OfType<RowReport>()
            .OrderBy(report => report.Where, StringComparer.Ordinal)
            .ThenBy(report => order.IndexOf(report.Row))];
    }

    private static RowReport? ReadOne(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), RowReportContext.Default.RowReport);
        }
        catch (JsonException error)
        {
            Console.Error.WriteLine($"{path} is no row of an agreement table and is left out: {error.Message}");
            return null;
        }
    }
}
