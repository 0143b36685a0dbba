using System.Globalization;
using System.Text;
using System.Text.Json;
using Passthrough.Guests;

namespace Passthrough.Study.Faults;

/// <summary>What both programs said about one planted fault, or about a healthy machine.</summary>
public sealed record FaultCase
{
    /// <summary>The machine.</summary>
    public required LabMachine Machine { get; init; }

    /// <summary>Why there is no judgement: the guest did not come up, the fault could not be planted, the audit ended without JSON.</summary>
    public string? Trouble { get; init; }

    /// <summary>ready of the audit: yes, no, unknown.</summary>
    public string? Ready { get; init; }

    /// <summary>Rung and sentence of its cause; null for none.</summary>
    public (string Rung, string Sentence)? Cause { get; init; }

    /// <summary>Findings that fail, warn or note.</summary>
    public IReadOnlyList<FaultFinding> Findings { get; init; } = [];

    /// <summary>What virt-host-validate said about the IOMMU, one line; the empty text when it said nothing about it.</summary>
    public string Peer { get; init; } = "";

    /// <summary>virt-host-validate has a line that is neither PASS nor that of a healthy machine.</summary>
    public IReadOnlyList<string> PeerComplaints { get; init; } = [];

    /// <summary>How long the audit took, nanoseconds by the guest's clock.</summary>
    public long CheckNs { get; init; }

    /// <summary>How long virt-host-validate took, nanoseconds by the guest's clock.</summary>
    public long PeerNs { get; init; }

    /// <summary>The bundle made beside it, where one was asked for.</summary>
    public byte[]? Bundle { get; init; }

    /// <summary>The finding that names the fault, or null.</summary>
    public FaultFinding? Named => Findings.FirstOrDefault(finding => Machine.ExpectedFindings.Contains(finding.Id)
        && Rank(finding.Verdict) >= Rank(Machine.ExpectedVerdict));

    /// <summary>The fault was named by a finding, with the right rung; a healthy machine has no cause and nothing that fails.</summary>
    public bool IsRight => Trouble is null && Cause?.Rung == Machine.ExpectedCause
        && (Machine.IsHealthy ? Ready == "yes" && Findings.All(finding => finding.Verdict == "note") : Named is not null);

    /// <summary>Reads what the guest left.</summary>
    public static FaultCase Read(LabMachine machine, LabRun run)
    {
        string Text(string name) => run.Files.TryGetValue($"{machine.Name}/{name}", out byte[]? content) ? Encoding.UTF8.GetString(content).Trim() : "";
        var empty = new FaultCase { Machine = machine };
        if (Text("plant-failed").Length > 0)
        {
            return empty with { Trouble = "the fault could not be planted: " + Text("plant") };
        }

        string[] times = Text("times").Split(' ');
        if (times.Length != 2 || !long.TryParse(times[0], NumberStyles.None, CultureInfo.InvariantCulture, out long check)
            || !long.TryParse(times[1], NumberStyles.None, CultureInfo.InvariantCulture, out long peer))
        {
            return empty with { Trouble = "the guest ended before this case: " + run.Error.Trim() };
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(run.Files[$"{machine.Name}/check.json"]);
            JsonElement root = document.RootElement, cause = root.GetProperty("cause");
            string[] said = Text("peer").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            return empty with
            {
                Ready = root.GetProperty("ready").GetString(),
                Cause = cause.ValueKind == JsonValueKind.Null ? null : (cause.GetProperty("rung").GetString()!, cause.GetProperty("sentence").GetString()!),
                Findings = [.. root.GetProperty("findings").EnumerateArray()
                    .Select(item => new FaultFinding(Of(item, "id"), Of(item, "verdict"), Of(item, "subject"), Of(item, "message")))
                    .Where(item => Rank(item.Verdict) > 0)],
                Peer = string.Join("; ", said.Where(line => line.Contains("IOMMU", StringComparison.OrdinalIgnoreCase)).Select(Shortened)),
                PeerComplaints = [.. said.Where(line => !line.EndsWith("PASS", StringComparison.Ordinal)).Select(Shortened)],
                CheckNs = check,
                PeerNs = peer,
                Bundle = run.Files.GetValueOrDefault($"{machine.Name}/machine.tar.zst"),
            };
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return empty with { Trouble = $"the audit ended with code {Text("code")} and without its JSON: {Text("check.err")}" };
        }
    }

    private static string Of(JsonElement item, string name) => item.GetProperty(name).GetString() ?? "";

    // "QEMU: Checking for device assignment IOMMU support                         : PASS" has more blanks than words.
    private static string Shortened(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Replace("QEMU: Checking ", "", StringComparison.Ordinal).Replace(" :", ":", StringComparison.Ordinal);

    private static int Rank(string verdict) => verdict switch { "fail" => 3, "warn" => 2, "note" => 1, _ => 0 };
}

/// <summary>A finding, as far as the table of faults needs it.</summary>
public sealed record FaultFinding(string Id, string Verdict, string Subject, string Message);
