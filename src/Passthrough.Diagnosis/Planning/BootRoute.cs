using Passthrough.Host.Boot;

namespace Passthrough.Diagnosis.Planning;

/// <summary>
/// The way in which this machine's next command line is made, from the files that it has. A tool that owns the entries (grubby, rpm-ostree) is asked;
/// else the file that a person edits is edited, and the generator is run.
/// </summary>
internal static class BootRoute
{
    /// <summary>The actions of a change; null with the reason where no way is known.</summary>
    public static IReadOnlyList<PlanAction>? Of(BootInfo? boot, CommandLineChange change, out string why)
    {
        why = "no file of a boot loader was read";
        if (boot is null)
        {
            return null;
        }

        StagedLine? defaults = First(boot, StagedKind.GrubDefaults), own = First(boot, StagedKind.KernelInstall);
        StagedLine[] entries = [.. boot.Lines.Where(line => line.Kind == StagedKind.LoaderEntry && !line.IsRecovery)];
        StagedLine? generated = First(boot, StagedKind.GrubEntry);
        if (First(boot, StagedKind.Kernelstub) is not null)
        {
            return [new PlanAction.RunTool(Kernelstub(change), Kernelstub(Reversed(change))) { Change = change }];
        }

        if (Array.Exists(entries, entry => entry.Kernel?.Contains("/ostree/", StringComparison.Ordinal) == true))
        {
            return [new PlanAction.RunTool(Ostree(change), Ostree(Reversed(change))) { Change = change }];
        }

        if (boot.UsesProxmoxBootTool && own is not null)
        {
            return [new PlanAction.EditCommandLine(own.Path, BootFileKind.KernelCommandLine, change), new PlanAction.RunTool(["proxmox-boot-tool", "refresh"])];
        }

        if (defaults is not null && entries.Length > 0)
        {
            // GRUB that reads entries of the Boot Loader Specification (Fedora and its kin): grubby keeps both in step.
            return [new PlanAction.RunTool(Grubby(change), Grubby(Reversed(change))) { Change = change }];
        }

        if (defaults is not null)
        {
            string configuration = generated?.Path ?? "/boot/grub/grub.cfg";
            string[] places = [.. Places(defaults, change)];
            PlanAction[] edits = [.. places.Select(path => new PlanAction.EditCommandLine(path, BootFileKind.GrubDefaults, path == places[^1] ? change : change with { Add = [] }))];
            string program = configuration.Contains("/grub2/", StringComparison.Ordinal) ? "grub2-mkconfig" : "grub-mkconfig";
            PlanAction make = boot.UsesProxmoxBootTool ? new PlanAction.RunTool(["proxmox-boot-tool", "refresh"]) : new PlanAction.RunTool([program, "-o", configuration]);
            return [.. edits, make];
        }

        if (entries.Length > 0)
        {
            return [.. own is null ? (PlanAction[])[] : [new PlanAction.EditCommandLine(own.Path, BootFileKind.KernelCommandLine, change)],
                .. entries.Select(entry => new PlanAction.EditCommandLine(entry.Path, BootFileKind.LoaderEntry, change))];
        }

        why = "no file of a boot loader was found that holds the command line";
        return null;
    }

    private static CommandLineChange Reversed(CommandLineChange change) => new(change.Remove, change.Add);

    private static string[] Kernelstub(CommandLineChange change) =>
        ["kernelstub", .. change.Remove.SelectMany(token => (string[])["--delete-options", token]), .. change.Add.SelectMany(token => (string[])["--add-options", token])];

    private static string[] Ostree(CommandLineChange change) =>
        ["rpm-ostree", "kargs", .. change.Remove.Select(token => "--delete-if-present=" + token), .. change.Add.Select(token => "--append-if-missing=" + token)];

    private static string[] Grubby(CommandLineChange change)
    {
        List<string> words = ["grubby", "--update-kernel=ALL"];
        if (change.Remove.Count > 0)
        {
            words.Add("--remove-args=" + string.Join(' ', change.Remove));
        }

        if (change.Add.Count > 0)
        {
            words.Add("--args=" + string.Join(' ', change.Add));
        }

        return [.. words];
    }

    // What is to be removed may stand in several files of the defaults; what is added goes to the last of them that sets the variable.
    private static IEnumerable<string> Places(StagedLine defaults, CommandLineChange change) =>
        defaults.Tokens.Where(token => change.Remove.Contains(token.Token.Text)).Select(token => token.Path).Append(defaults.Tokens.Count > 0 ? defaults.Tokens[^1].Path : defaults.Path).Distinct();

    private static StagedLine? First(BootInfo boot, StagedKind kind) => boot.Lines.FirstOrDefault(line => line.Kind == kind && !line.IsRecovery);
}
