using System.CommandLine;
using System.Text;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;
using Passthrough.Reports.Json;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag domain</c>: definitions of guests.</summary>
internal static class DomainVerb
{
    public static Command Build() => new("domain", "Definitions of guests: libvirt's domain XML against this host, and one made for it.")
    {
        Lint(),
        DomainGenerate.Build(),
    };

    private static Command Lint()
    {
        Argument<string> file = new("FILE") { Description = "Domain XML as virsh dumpxml prints it, or a Proxmox NUMBER.conf ('-' for standard input)." };
        Option<string?> root = Shared.Root();
        Option<string?> bundle = Shared.Bundle();
        Option<bool> all = new("--all", "-a") { Description = "Also list what passed and what does not apply." };
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("lint",
            "Judges one definition of a guest against this host (or --root, --bundle): its functions, their groups, placement, huge pages, locked memory, "
            + "address space. Shows what the guest takes, with the arithmetic.\n\nExamples:\n  ptdiag domain lint win11.xml\n"
            + "  virsh dumpxml win11 | ptdiag domain lint - --format json\n  ptdiag domain lint win11.xml --bundle case.tar.zst")
        {
            file, root, bundle, all, format, output,
        };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            string name = path == "-" ? "standard input" : path;
            GuestDefinition definition = Read(path, name);
            IEvidence evidence = Shared.Open(parsed.GetValue(root), parsed.GetValue(bundle));
            HostModel model = HostReader.Read(evidence);
            Guest guest = DomainLint.Given(model, definition, name);
            AuditResult audit = DomainLint.Judge(model, guest, CheckVerb.Day(null, evidence));
            if (parsed.GetValue(format) == "json")
            {
                Sink.Write(Documents.DomainLint(audit, definition, ToolVersion.Info), parsed.GetValue(output));
            }
            else
            {
                bool everything = parsed.GetValue(all);
                Terminal.Show(parsed.GetValue(output), console => Draw(console, audit, guest, evidence.DisplayName, everything));
            }

            return audit.Count(Verdict.Fail) > 0 ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    private static GuestDefinition Read(string path, string name)
    {
        string text = Encoding.UTF8.GetString(Sink.Read(path));
        Reading<GuestDefinition> definition = path.EndsWith(".conf", StringComparison.Ordinal) ? ProxmoxParser.Parse(text, name) : DomainXmlParser.Parse(text, name);
        return definition.IsKnown
            ? definition.Value!
            : throw CliException.CouldNotLook($"{name} is no domain XML: {definition.Why}; give what 'virsh dumpxml' prints.");
    }

    private static void Draw(IAnsiConsole console, AuditResult audit, Guest guest, string source, bool everything)
    {
        GuestDefinition definition = guest.Definition.Value!;
        console.WriteLine($"Guest {guest.Name} ({guest.Path}), {definition.Machine ?? "no machine type"}, against {source}"
            + (guest.IsRunning == true ? "; a guest of this name is running" : ""));
        AuditText.DrawFindings(Page.On(console), audit, everything);
        console.WriteLine();
        console.Write(new Text("What the guest takes", new Style(decoration: Decoration.Bold)));
        console.WriteLine();
        foreach ((string title, string text) in DomainLint.Budget(audit.Model, guest))
        {
            console.WriteLine($"  {title,-14} {text}");
        }

        console.WriteLine();
        console.WriteLine(AuditText.Counts(audit) + (everything ? "." : ". Use --all to list everything, 'ptdiag explain ID' for the reasons behind a check."));
    }
}
