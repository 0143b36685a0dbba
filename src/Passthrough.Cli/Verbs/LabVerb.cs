using System.CommandLine;
using System.Globalization;
using Passthrough.Cli.Output;
using Passthrough.Guests;
using Passthrough.Study.Faults;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag lab</c>: QEMU guests with a virtual IOMMU, healthy or with a planted fault.</summary>
internal static class LabVerb
{
    public static Command Build() => new("lab",
        "QEMU guests with a virtual IOMMU, healthy or with a planted fault. They see this machine's programs read-only and leave nothing behind.")
    {
        List(), Boot(), Run(), Faults(), Mends(), Kills(),
    };

    /// <summary><c>--accel</c>.</summary>
    public static Option<string> Accelerator()
    {
        Option<string> option = new("--accel") { Description = "auto tries KVM with a short boot probe and falls back to emulation (tcg).", DefaultValueFactory = _ => "auto" };
        option.AcceptOnlyFromAmong("auto", "tcg", "kvm");
        return option;
    }

    /// <summary>A lab that can run, or the sentence of what is missing.</summary>
    public static Lab Open(string accelerator, IProgress<string>? progress) => Lab.WhyNot() is { } missing
        ? throw CliException.CouldNotLook(missing)
        : new Lab(new LabOptions { Accelerator = accelerator, Progress = progress });

    /// <summary>The machine of a name.</summary>
    public static LabMachine Machine(string name) => LabCatalog.Find(name)
        ?? throw CliException.Usage($"There is no lab machine '{name}': 'ptdiag lab list' lists them.");

    private static Command List()
    {
        var command = new Command("list", "Lists the lab's machines.");
        command.SetAction(_ => Terminal.Show(null, console =>
        {
            foreach (LabMachine machine in LabCatalog.All)
            {
                console.WriteLine($"{machine.Name,-24}{machine.Summary}");
            }
        }));
        return command;
    }

    private static Command Faults()
    {
        Option<string[]> only = new("--only") { Description = "Only these machines.", HelpName = "MACHINE", AllowMultipleArgumentsPerToken = true };
        Option<DirectoryInfo?> keep = new("--keep") { Description = "Also make a bundle of each case: DIR/MACHINE/machine.tar.zst.", HelpName = "DIR" };
        Option<FileInfo?> output = Shared.Output();
        Option<string> accelerator = Accelerator();
        var command = new Command("faults",
            "Plants each fault of the lab in a guest and writes what 'ptdiag check' and 'virt-host-validate qemu' say about it, how often each is "
            + "right, and how long both take (Markdown). Exit code 1 when the audit misses a fault or alarms on a healthy machine.\n\nExample:\n  ptdiag lab faults --output planted-faults.md")
        {
            only, keep, output, accelerator,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            string[] names = parsed.GetValue(only) ?? [];
            LabMachine[] machines = names.Length > 0 ? [.. names.Select(Machine)] : [.. LabCatalog.Judged];
            FaultTable table;
            using (var status = new StatusLine(lines: true))
            {
                Lab lab = Open(parsed.GetValue(accelerator)!, null);
                table = new FaultTable(await new FaultRun(lab, Environment.ProcessPath!).RunAsync(machines, _ => parsed.GetValue(keep) is not null, peer: true, status, cancel));
            }

            foreach (FaultCase item in parsed.GetValue(keep) is null ? [] : table.Cases.Where(item => item.Bundle is not null))
            {
                string folder = Path.Combine(parsed.GetValue(keep)!.FullName, item.Machine.Name);
                Directory.CreateDirectory(folder);
                Sink.WriteFile(Path.Combine(folder, "machine.tar.zst"), item.Bundle!);
            }

            Sink.Write(table.ToMarkdown("ptdiag lab faults" + string.Concat(names.Select((name, at) => (at == 0 ? " --only " : " ") + name))), parsed.GetValue(output));
            return table.Cases.All(item => item.IsRight) ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Mends()
    {
        Option<string[]> only = new("--only") { Description = "These faults instead of all that a live setting mends.", HelpName = "MACHINE", AllowMultipleArgumentsPerToken = true };
        Option<FileInfo?> output = Shared.Output();
        Option<string> accelerator = Accelerator();
        var command = new Command("mends",
            "Plants faults in guests, has 'tune apply' mend each and 'tune undo' take it back, and writes the audit's verdicts before and after and what the undo left (Markdown). "
            + "Exit code 1 when a fault was not mended or an undo left a trace.\n\nExample:\n  ptdiag lab mends --output mended-faults.md")
        {
            only, output, accelerator,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            string[] names = parsed.GetValue(only) ?? [];
            LabMachine[] machines = names.Length > 0 ? [.. names.Select(Machine)] : [.. LabCatalog.All.Where(machine => machine.Mend is not null)];
            if (Array.Find(machines, machine => machine.Mend is null) is { } other)
            {
                throw CliException.Usage($"No setting that takes effect at once mends {other.Name}: choose among {string.Join(", ", LabCatalog.All.Where(machine => machine.Mend is not null).Select(machine => machine.Name))}.");
            }

            MendTable table;
            using (var status = new StatusLine(lines: true))
            {
                table = new MendTable(await new MendRun(Open(parsed.GetValue(accelerator)!, null), Environment.ProcessPath!).RunAsync(machines, status, cancel));
            }

            Sink.Write(table.ToMarkdown("ptdiag lab mends" + string.Concat(names.Select((name, at) => (at == 0 ? " --only " : " ") + name))), parsed.GetValue(output));
            return table.Cases.All(item => item.IsRight) ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Kills()
    {
        Option<int> every = new("--every") { Description = "Kill at every nth system call instead of at each.", DefaultValueFactory = _ => 1, HelpName = "N" };
        Option<FileInfo?> output = Shared.Output();
        Option<string> accelerator = Accelerator();
        var command = new Command("kills",
            "Kills 'tune apply' with a plan of ten steps in a guest, at the entry of each system call that changes something or puts something on disk, and writes whether 'tune status' and "
            + "'tune undo' get the machine back (Markdown). Needs strace. Exit code 1 when one does not.\n\nExample:\n  ptdiag lab kills --output killed-plans.md")
        {
            every, output, accelerator,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            int step = parsed.GetValue(every);
            if (step < 1)
            {
                throw CliException.Usage("--every takes a number above zero.");
            }

            KillTable table;
            using (var status = new StatusLine(lines: true))
            {
                status.Report("One guest; it tells nothing before it ends");
                table = await new KillRun(Open(parsed.GetValue(accelerator)!, null), Environment.ProcessPath!).RunAsync(KillRun.Calls, step, cancel);
            }

            Sink.Write(table.ToMarkdown("ptdiag lab kills" + (step == 1 ? "" : System.FormattableString.Invariant($" --every {step}"))), parsed.GetValue(output));
            return table.Cases.All(item => item.IsRight) ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Boot()
    {
        Argument<string> name = new("MACHINE") { Description = "A machine of 'ptdiag lab list'." };
        Option<string> accelerator = Accelerator();
        var command = new Command("boot", "Boots a machine and attaches its console to this terminal; 'poweroff -f' or Ctrl-A X ends it.\n\nExample:\n  ptdiag lab boot intel-healthy")
        {
            name, accelerator,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            LabMachine machine = Machine(parsed.GetValue(name)!);
            using var status = new StatusLine();
            Lab lab = Open(parsed.GetValue(accelerator)!, status);
            return await lab.BootInteractiveAsync(machine, cancel);
        });
        return command;
    }

    private static Command Run()
    {
        Argument<string> name = new("MACHINE") { Description = "A machine of 'ptdiag lab list'." };
        Argument<string[]> arguments = new("COMMAND") { Description = "The command and its arguments, after '--'. 'ptdiag' is this very program.", Arity = ArgumentArity.OneOrMore };
        Option<int> timeout = new("--timeout") { Description = "End the guest after so many seconds.", DefaultValueFactory = _ => 180, HelpName = "SECONDS" };
        Option<DirectoryInfo?> keep = new("--keep") { Description = "Copy what the command leaves in /out into this folder.", HelpName = "DIR" };
        Option<string> accelerator = Accelerator();
        var command = new Command("run",
            "Boots a fresh guest, runs one command in it, prints its output and returns its exit code.\n\nExamples:\n"
            + "  ptdiag lab run intel-healthy -- ptdiag check\n  ptdiag lab run amd-healthy -- lspci -nnk")
        {
            name, arguments, timeout, keep, accelerator,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            LabMachine machine = Machine(parsed.GetValue(name)!);
            int seconds = parsed.GetValue(timeout);
            if (seconds < 1)
            {
                throw CliException.Usage("--timeout takes a number of seconds above zero.");
            }

            LabRun run;
            using (var status = new StatusLine())
            {
                Lab lab = Open(parsed.GetValue(accelerator)!, status);
                run = await lab.RunAsync(machine, new LabCommand
                {
                    Arguments = parsed.GetValue(arguments)!,
                    AgentPath = Environment.ProcessPath,
                    Timeout = TimeSpan.FromSeconds(seconds),
                }, cancel);
                status.Report(string.Create(CultureInfo.InvariantCulture, $"{machine.Name}: {run.Wall.TotalSeconds:0.0} s, {run.Accelerator}"));
            }

            Console.Out.Write(run.Output);
            Console.Error.Write(run.Error);
            if (parsed.GetValue(keep) is { } folder)
            {
                folder.Create();
                foreach ((string file, byte[] content) in run.Files)
                {
                    string path = Path.GetFullPath(Path.Combine(folder.FullName, file));
                    if (path.StartsWith(folder.FullName + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                    {
                        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                        Sink.WriteFile(path, content);
                    }
                }
            }

            return run.ExitCode;
        });
        return command;
    }
}
