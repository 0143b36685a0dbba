using System.Text;
using System.Text.Json;
using Passthrough.Guests;

namespace Passthrough.Study.Faults;

/// <summary>One fault that was planted, mended by a plan, and brought back by the undo.</summary>
public sealed record MendCase
{
    /// <summary>The machine.</summary>
    public required LabMachine Machine { get; init; }

    /// <summary>Why there is no judgement; null when there is one.</summary>
    public string? Trouble { get; init; }

    /// <summary>The worst verdict of the expected checks while the fault stood, and its check: "HUG-002 fail".</summary>
    public string Before { get; init; } = "";

    /// <summary>The worst verdict of the same check after the plan was applied.</summary>
    public string After { get; init; } = "";

    /// <summary>What the plan did, one line a step.</summary>
    public IReadOnlyList<string> Steps { get; init; } = [];

    /// <summary>Lines in which the machine after the undo differs from the machine before the plan; empty when it is the same.</summary>
    public IReadOnlyList<string> Traces { get; init; } = [];

    /// <summary>The fault stood, the plan mended it, and the undo left no trace.</summary>
    public bool IsRight => Trouble is null && (Before.EndsWith("fail", StringComparison.Ordinal) || Before.EndsWith("warn", StringComparison.Ordinal) || Before.EndsWith(Machine.ExpectedVerdict, StringComparison.Ordinal))
        && After.EndsWith("pass", StringComparison.Ordinal) && Traces.Count == 0;

    /// <summary>Reads what the guest left.</summary>
    public static MendCase Read(LabMachine machine, LabRun run)
    {
        string Text(string name) => run.Files.TryGetValue($"{machine.Name}/{name}", out byte[]? content) ? Encoding.UTF8.GetString(content).Trim() : "";
        var empty = new MendCase { Machine = machine };
        if (Text("apply-code") != "0")
        {
            return empty with { Trouble = Text("apply-code").Length == 0 ? "the guest ended before this case: " + run.Error.Trim() : "tune apply: " + Text("apply.err") };
        }

        if (Text("undo-code") != "0")
        {
            return empty with { Trouble = "tune undo: " + Text("undo") };
        }

        try
        {
            Dictionary<string, string> before = Verdicts(run.Files[$"{machine.Name}/before.json"]), after = Verdicts(run.Files[$"{machine.Name}/after.json"]);
            string id = machine.ExpectedFindings.FirstOrDefault(check => machine.Mend!.Contains(check, StringComparison.Ordinal)) ?? machine.ExpectedFindings[0];
            string[] then = Text("picture-before").Split('\n'), now = Text("picture-after").Split('\n');
            return empty with
            {
                Before = $"{id} {before.GetValueOrDefault(id, "not judged")}",
                After = $"{id} {after.GetValueOrDefault(id, "not judged")}",
                Steps = [.. Text("apply").Split('\n').Where(line => line.TrimStart().StartsWith("does:", StringComparison.Ordinal)).Select(line => line.Trim()[5..].Trim())],
                Traces = [.. then.Except(now).Select(line => "- " + line), .. now.Except(then).Select(line => "+ " + line)],
            };
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return empty with { Trouble = $"the audit ended without its JSON: {Text("check.err")}" };
        }
    }

    // The worst verdict of each check.
    private static Dictionary<string, string> Verdicts(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("findings").EnumerateArray()
            .Select(item => (Id: item.GetProperty("id").GetString()!, Verdict: item.GetProperty("verdict").GetString()!))
            .GroupBy(item => item.Id).ToDictionary(group => group.Key, group => group.Select(item => item.Verdict).MaxBy(Rank)!, StringComparer.Ordinal);
    }

    private static int Rank(string verdict) => Array.IndexOf(["notApplicable", "pass", "note", "unknown", "warn", "fail"], verdict);
}
