using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Passthrough.Results;
using Passthrough.Study.Files;

namespace Passthrough.Study.Conducting;

/// <summary>What <c>runs.jsonl</c> holds. Pure.</summary>
public sealed record StudyRecord
{
    /// <summary>What the study is.</summary>
    public required StudyHeader Header { get; init; }

    /// <summary>Whole lines after the first.</summary>
    public required IReadOnlyList<StudyLine> Lines { get; init; }

    /// <summary>Bytes of the whole lines: what follows them is the torn end of a line that was being written when the program was killed.</summary>
    public required long WholeBytes { get; init; }

    /// <summary>Runs that are done, skipped ones among them: as many of the schedule from its beginning.</summary>
    public int Done => Lines.Count(line => line.Slot is not null);

    /// <summary>The guest's folder that was made and not removed; null for none.</summary>
    public string? FolderLeftIn(string guest) => Lines.LastOrDefault(line => line.Guest == guest && line.Kind is "folder" or "removed") is { Kind: "folder", Folder: { } path } ? path : null;

    /// <summary>Reads the file. Never throws: what is none gives false and one sentence without the file's name.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out StudyRecord? record, [NotNullWhen(false)] out string? sentence)
    {
        record = null;
        StudyHeader? header = null;
        var lines = new List<StudyLine>();
        long whole = 0;
        for (int number = 1; ; number++)
        {
            ReadOnlySpan<byte> rest = utf8[(int)whole..];
            int end = rest.IndexOf((byte)'\n');
            if (end < 0)
            {
                break;
            }

            string? problem = number == 1 ? TakeHeader(rest[..end], out header) : TakeLine(rest[..end], header!, lines);
            if (problem is not null)
            {
                // Only the last line can have been torn, for example by a power failure after its room was made.
                if (number > 1 && end == rest.Length - 1)
                {
                    break;
                }

                sentence = string.Create(CultureInfo.InvariantCulture, $"line {number} {problem}");
                return false;
            }

            whole += end + 1;
        }

        if (header is null)
        {
            sentence = "it does not begin with the first line of a study";
            return false;
        }

        record = new StudyRecord { Header = header, Lines = lines, WholeBytes = whole };
        sentence = null;
        return true;
    }

    /// <summary>The results so far, one document for each guest in which something ran or was tried, in the order of the study.</summary>
    public IReadOnlyList<(string Guest, ResultsDocument Document)> Results(StudyFile file) =>
        [.. file.Guests.Select((guest, index) => (guest.Name, Document: Document(guest.Name, unchecked(file.Seed + index), file.Blocks)))
            .Where(result => result.Document is not null).Select(result => (result.Name, result.Document!))];

    /// <summary>The documents of <see cref="Results"/> alone.</summary>
    public IReadOnlyList<ResultsDocument> Documents(StudyFile file) => [.. Results(file).Select(result => result.Document)];

    private ResultsDocument? Document(string guest, long seed, int blocks)
    {
        StudyLine[] own = [.. Lines.Where(line => line.Guest == guest && line.Slot is not null)];
        if (own.Select(line => line.Machine).OfType<MachineSummary>().FirstOrDefault() is not { } machine)
        {
            return null;
        }

        WorkloadRun[] runs = [.. own.Select(line => line.Run).OfType<WorkloadRun>()];
        return new ResultsDocument
        {
            Tool = new ToolIdentity("ptdiag", Header.Version),
            Machine = machine,
            Design = new StudyDesign(seed, blocks, [.. runs.Select(run => run.Variant)], "run"),
            Workloads = runs,
            Skipped = [.. own.Select(line => line.Skipped).OfType<SkippedWorkload>().Distinct()],
        };
    }

    private static string? TakeHeader(ReadOnlySpan<byte> text, out StudyHeader? header)
    {
        header = Read(text, StudyLineContext.Default.StudyHeader);
        return header is null || header.Schedule.Any(slot => slot is null) ? "is not the first line of a study"
            : header.Schema == "ptdiag.study/1" ? null
            : $"is of {OneLine(header.Schema)}; this version reads ptdiag.study/1";
    }

    private static string? TakeLine(ReadOnlySpan<byte> text, StudyHeader header, List<StudyLine> lines)
    {
        // A null in a dictionary is what the types cannot forbid.
        if (Read(text, StudyLineContext.Default.StudyLine) is not { } line || line.Run?.Parameters.Values.Any(value => value is null) == true)
        {
            return "is no line of a study";
        }

        if (line.Kind is "folder" or "removed" && line.Slot is null)
        {
            lines.Add(line);
            return null;
        }

        int next = lines.Count(one => one.Slot is not null);
        if (line.Slot != next || next >= header.Schedule.Count || (line.Kind == "run") != (line.Run is not null) || line.Kind is not ("run" or "skipped"))
        {
            return "is not the next run of the schedule";
        }

        StudySlot slot = header.Schedule[next];
        if (line.Guest != slot.Guest || (line.Run is { } run && (run.Factor != slot.Factor || run.Variant != slot.Variant || run.Block != slot.Block)))
        {
            return "holds another run than the schedule says";
        }

        lines.Add(line);
        return null;
    }

    private static T? Read<T>(ReadOnlySpan<byte> text, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(text, type);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NotSupportedException)
        {
            // InvalidOperationException: half of a surrogate pair.
            return null;
        }
    }

    private static string OneLine(string text) => new([.. text.Take(60).Select(character => char.IsControl(character) ? ' ' : character)]);
}
