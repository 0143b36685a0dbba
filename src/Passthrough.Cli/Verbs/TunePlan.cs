using System.CommandLine;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis.Planning;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Reports.Json;
using Passthrough.Reports.Plans;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag tune plan</c>: from findings to steps.</summary>
internal static class TunePlan
{
    public static Command Build()
    {
        Option<string?> root = Shared.Root();
        Option<string?> bundle = Shared.Bundle();
        Option<string> format = Shared.Format("text", "json", "shell", "ansible");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("plan",
            "Makes a plan of what to change on this machine (or --root, --bundle): now and wanted, the checks that ask for it, the risk, when it takes effect, and the way back. "
            + "Changes nothing. As text, as JSON that 'tune apply' takes, as a shell script that writes its own undo, or as an Ansible playbook.\n\n"
            + "Exit codes: 0 a plan, also an empty one, 2 wrong use, 3 could not look.\n\nExamples:\n"
            + "  ptdiag tune plan --device 0000:01:00.0\n  ptdiag tune plan --domain win11 --format json -o plan.json\n  ptdiag tune plan --bundle case.tar.zst --format shell > mend.sh");
        var options = new PlanOptions(command);
        foreach (Option option in (Option[])[root, bundle, format, output])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            IEvidence evidence = Shared.Open(parsed.GetValue(root), parsed.GetValue(bundle));
            (HostModel model, TuningPlan plan) = options.Plan(parsed, evidence);
            Sink.Write(parsed.GetValue(format) switch
            {
                "json" => Documents.Plan(model, plan, ToolVersion.Info),
                "shell" => PlanShell.Render(plan),
                "ansible" => PlanAnsible.Render(plan),
                _ => PlanText.Render(plan, evidence.DisplayName),
            }, parsed.GetValue(output));
            return ExitCodes.Done;
        });
        return command;
    }
}
