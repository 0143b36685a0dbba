using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Passthrough.Diagnosis;
using Passthrough.Reports.Json;

namespace Passthrough.Reports.Formats;

/// <summary>
/// SARIF 2.1.0: the catalogue's checks as rules, and a result for each finding that fails (error), warns (warning) or is unknown (open,
/// which by the standard has the level none). Its fingerprint is made of check and subject, so that one finding is one alert over many runs.
/// </summary>
public static class SarifReport
{
    private const string MachineRoot = "MACHINE";

    private static readonly SarifContext _context =
        new(new JsonSerializerOptions(SarifContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The document.</summary>
    public static string Render(AuditResult audit, ToolInfo tool)
    {
        ArgumentNullException.ThrowIfNull(audit);
        ArgumentNullException.ThrowIfNull(tool);
        List<string> ids = [.. Catalog.All.Select(check => check.Id)];
        var driver = new SarifDriver(tool.Name, tool.Version, tool.Version, [.. Catalog.All.Select(Rule)]);
        SarifResult[] results =
        [
            .. audit.Findings.Where(finding => finding.Verdict is Verdict.Fail or Verdict.Warn or Verdict.Unknown).Select(finding => Result(finding, ids)),
        ];
        var bases = new Dictionary<string, SarifBase>
        {
            [MachineRoot] = new(new SarifMessage("The root folder of the machine that was judged.")),
        };
        var run = new SarifRun(new SarifTool(driver), [new SarifInvocation(true)], bases, results, "utf16CodeUnits",
            new Dictionary<string, string> { ["ready"] = Words.Of(audit.Ready), ["judgedOn"] = audit.Today.ToString("O", System.Globalization.CultureInfo.InvariantCulture) });
        return JsonSerializer.Serialize(new SarifDocument("https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", [run]), _context.SarifDocument) + "\n";
    }

    private static SarifRule Rule(Check check) => new(check.Id, Name(check), new SarifMessage(check.Title), new SarifMessage(check.Explanation),
        new SarifMessage(check.Criteria), new SarifConfiguration(Level(Verdict.Fail)),
        new Dictionary<string, string> { ["severity"] = Words.Of(check.Severity), ["section"] = Words.Of(check.Section) });

    private static SarifResult Result(Finding finding, List<string> ids)
    {
        bool isOpen = finding.Verdict == Verdict.Unknown;
        int index = ids.IndexOf(finding.Id);
        return new SarifResult(finding.Id, index < 0 ? null : index, isOpen ? "open" : "fail", Level(finding.Verdict),
            new SarifMessage(FindingText.Body(finding).TrimEnd('\n')), Locations(finding),
            new Dictionary<string, string> { ["findingId/v1"] = Fingerprint(finding) },
            finding.Waived is null ? null : [new SarifSuppression("external", "accepted", finding.Waived)],
            new Dictionary<string, string> { ["severity"] = Words.Of(finding.Severity), ["subject"] = finding.Subject });
    }

    private static string Level(Verdict verdict) => verdict switch { Verdict.Fail => "error", Verdict.Warn => "warning", _ => "none" };

    // Consumers that show code want a place: the first file that was looked at, else none.
    private static SarifLocation[] Locations(Finding finding)
    {
        SarifLogicalLocation[] subject = [new(finding.Subject, finding.Subject == "host" ? "machine" : "object")];
        SarifLocation[] files =
        [
            .. finding.Evidence.Where(citation => citation.Path.StartsWith('/')).Select(citation => new SarifLocation(
                new SarifPhysicalLocation(new SarifArtifact(Relative(citation.Path), MachineRoot),
                    citation.Line is { } line and > 0 ? new SarifRegion(line, citation.Excerpt is null ? null : new SarifMessage(citation.Excerpt)) : null), subject)),
        ];
        return files.Length > 0 ? files : [new SarifLocation(null, subject)];
    }

    private static string Relative(string path) => string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.EscapeDataString));

    private static string Fingerprint(Finding finding) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{finding.Id}\n{finding.Subject}")));

    private static string Name(Check check) => check.Id.Replace("-", "", StringComparison.Ordinal);
}
