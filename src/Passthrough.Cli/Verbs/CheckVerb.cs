using System.CommandLine;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Waivers;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Reports.Formats;
using Passthrough.Reports.Json;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag check</c>: the audit.</summary>
internal static class CheckVerb
{
    public static Command Build()
    {
        Option<string[]> device = new("--device") { Description = "Judge these functions as the ones to assign.", HelpName = "BDF", AllowMultipleArgumentsPerToken = true };
        Option<string[]> only = new("--only") { Description = "Run only these checks.", HelpName = "ID", AllowMultipleArgumentsPerToken = true };
        Option<string?> profile = new("--profile") { Description = "What the guest is for; its class of devices is judged." };
        profile.AcceptOnlyFromAmong("gpu", "nic", "nvme", "realtime");
        Option<string> failOn = new("--fail-on") { Description = "Exit 1 from this verdict on.", DefaultValueFactory = _ => "fail" };
        failOn.AcceptOnlyFromAmong("fail", "warn", "unknown");
        Option<FileInfo?> waivers = new("--waivers") { Description = "Findings that are known and accepted: a JSON file (docs/schemas/ptdiag.waivers-1.schema.json).", HelpName = "FILE" };
        Option<bool> all = new("--all", "-a") { Description = "Also list what passed and what does not apply." };
        Option<string?> day = new("--today") { Description = "Judge as of this day (YYYY-MM-DD). Default: today, or the day stored in the bundle.", HelpName = "DATE" };
        Option<string?> root = Shared.Root();
        Option<string?> bundle = Shared.Bundle();
        Option<string> format = Shared.Format("text", "json", "html", "junit", "sarif", "prometheus", "nagios");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("check",
            "Audits this machine (or --root, --bundle) for passthrough: what is right, what is wrong, what could not be seen, and the one "
            + "broken rung that explains the rest. With --device only what concerns that device is told.\n\n"
            + "Exit codes: 0 nothing failed, 1 an unwaived fail (or what --fail-on names), 2 wrong use, 3 no fail, but readiness is unknown or the input "
            + "could not be read. With --format nagios they are a monitoring plugin's: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n\nExamples:\n  ptdiag check\n  ptdiag check --device 0000:01:00.0 --format json\n"
            + "  ptdiag check --bundle case.tar.zst --only IOM-001 IRQ-001\n"
            + "  ptdiag check --waivers accepted.json --format junit -o ptdiag.xml\n  ptdiag check --format prometheus -o /var/lib/node_exporter/ptdiag.prom")
        {
            device, only, profile, failOn, waivers, all, day, root, bundle, format, output,
        };
        command.SetAction(parsed =>
        {
            bool isPlugin = parsed.GetValue(format) == "nagios";
            try
            {
                IEvidence evidence = Shared.Open(parsed.GetValue(root), parsed.GetValue(bundle));
                IReadOnlyList<Waiver> accepted = parsed.GetValue(waivers) is { } file ? ReadWaivers(file.ToString()) : [];
                HostModel model = HostReader.Read(evidence);
                var options = new AuditOptions
                {
                    Devices = Shared.Addresses(parsed.GetValue(device)),
                    Only = KnownIds(parsed.GetValue(only)),
                    Profile = parsed.GetValue(profile) is { } word ? Enum.Parse<Profile>(word, ignoreCase: true) : null,
                    Today = Day(parsed.GetValue(day), evidence),
                };
                AuditResult audit = WaiverRules.Apply(Judge(model, options, evidence), accepted);
                Print(audit, parsed.GetValue(format)!, parsed.GetValue(failOn)!, parsed.GetValue(all), evidence.DisplayName, parsed.GetValue(output));
                return isPlugin ? (int)PluginLine.StateOf(audit) : ExitCode(audit, parsed.GetValue(failOn)!);
            }
            catch (Exception error) when (isPlugin && error is CliException or EvidenceException)
            {
                // A plugin always says its state on standard output: what went wrong is UNKNOWN.
                Sink.Write(PluginLine.Line(PluginState.Unknown, error.Message) + "\n", null);
                return (int)PluginState.Unknown;
            }
        });
        return command;
    }

    private static void Print(AuditResult audit, string format, string failOn, bool everything, string source, FileInfo? output)
    {
        if (format == "text")
        {
            Terminal.ShowPage(output, page => AuditText.Draw(page, audit, source, everything));
            return;
        }

        Sink.Write(format switch
        {
            "html" => ReportVerb.Render(audit, [], "Passthrough audit", DateTimeOffset.UtcNow),
            "junit" => JUnitReport.Render(audit, Enum.Parse<Verdict>(failOn, ignoreCase: true)),
            "sarif" => SarifReport.Render(audit, ToolVersion.Info),
            "prometheus" => PrometheusText.Render(audit, ToolVersion.Info),
            "nagios" => PluginLine.Render(audit),
            _ => Documents.Findings(audit, ToolVersion.Info),
        }, output);
    }

    private static IReadOnlyList<Waiver> ReadWaivers(string path) =>
        WaiverFile.TryParse(Sink.Read(path), out IReadOnlyList<Waiver> waivers, out string problem)
            ? waivers
            : throw CliException.CouldNotLook($"{path} is no waivers file: {problem}; docs/schemas/ptdiag.waivers-1.schema.json says how one is written.");

    /// <summary>Judges; a device that does not exist is an input that is missing.</summary>
    public static AuditResult Judge(HostModel model, AuditOptions options, IEvidence evidence)
    {
        if (model.Pci.Devices.IsKnown && options.Devices.FirstOrDefault(address => model.Pci.Find(address) is null) is { } missing
            && options.Devices.Any(address => model.Pci.Find(address) is null))
        {
            throw CliException.CouldNotLook($"There is no PCI function {missing} on {evidence.DisplayName}: 'ptdiag devices' lists those there are.");
        }

        return Auditor.Judge(model, options);
    }

    /// <summary>The day of judging: the user's, else the bundle's own, else today.</summary>
    public static DateOnly Day(string? text, IEvidence evidence)
    {
        if (text is not null)
        {
            return DateOnly.TryParseExact(text, "yyyy-MM-dd", out DateOnly day)
                ? day
                : throw CliException.Usage($"'{text}' is no day: write it as YYYY-MM-DD.");
        }

        return evidence is Host.Bundles.BundleEvidence bundle
            ? DateOnly.FromDateTime(bundle.Manifest.Created.UtcDateTime)
            : DateOnly.FromDateTime(DateTime.UtcNow);
    }

    /// <summary>Exit code of the contract.</summary>
    internal static int ExitCode(AuditResult audit, string failOn)
    {
        bool failed = audit.Findings.Any(finding => finding.Waived is null && (finding.Verdict == Verdict.Fail
            || (failOn != "fail" && finding.Verdict == Verdict.Warn)
            || (failOn == "unknown" && finding.Verdict == Verdict.Unknown)));
        return failed ? ExitCodes.Failed : audit.Ready == Readiness.Unknown ? ExitCodes.CouldNotLook : ExitCodes.Done;
    }

    private static IReadOnlyList<string> KnownIds(string[]? ids) => [.. (ids ?? []).Select(id => Catalog.Find(id)?.Id
        ?? throw CliException.Usage($"There is no check {id}: 'ptdiag explain' lists the checks."))];
}
