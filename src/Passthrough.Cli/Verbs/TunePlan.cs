using System.CommandLine;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Planning;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Reports.Json;
using Passthrough.Reports.Plans;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag tune plan</c>: from findings to steps.</summary>
internal static class TunePlan
{
    public static Command Build()
    {
        Option<string[]> device = new("--device") { Description = "Functions that are to be given to guests.", HelpName = "BDF", AllowMultipleArgumentsPerToken = true };
        Option<string?> profile = new("--profile") { Description = "What the guests are for." };
        profile.AcceptOnlyFromAmong("gpu", "nic", "nvme", "realtime");
        Option<string?> root = Shared.Root();
        Option<string?> bundle = Shared.Bundle();
        Option<string> format = Shared.Format("text", "json", "shell");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("plan",
            "Makes a plan of what to change on this machine (or --root, --bundle): now and wanted, the checks that ask for it, the risk, when it takes effect, and the way back. "
            + "Changes nothing. As text, JSON, or a shell script that writes its own undo.\n\nExit codes: 0 a plan, also an empty one, 2 wrong use, 3 could not look.\n\nExamples:\n"
            + "  ptdiag tune plan --device 0000:01:00.0\n  ptdiag tune plan --bundle case.tar.zst --format shell > mend.sh")
        {
            device, profile, root, bundle, format, output,
        };
        command.SetAction(parsed =>
        {
            IReadOnlyList<PciAddress> devices = Shared.Addresses(parsed.GetValue(device));
            Profile? kind = parsed.GetValue(profile) is { } word ? Enum.Parse<Profile>(word, ignoreCase: true) : null;
            IEvidence evidence = Shared.Open(parsed.GetValue(root), parsed.GetValue(bundle));
            HostModel model = HostReader.Read(evidence);
            AuditResult audit = CheckVerb.Judge(model, new AuditOptions { Devices = devices, Profile = kind, Today = CheckVerb.Day(null, evidence) }, evidence);
            TuningPlan plan = Planner.Plan(audit, devices, kind);
            Sink.Write(parsed.GetValue(format) switch
            {
                "json" => Documents.Plan(model, plan, ToolVersion.Info),
                "shell" => PlanShell.Render(plan),
                _ => PlanText.Render(plan, evidence.DisplayName),
            }, parsed.GetValue(output));
            return ExitCodes.Done;
        });
        return command;
    }
}
