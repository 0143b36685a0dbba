using Passthrough.Diagnosis.CommandLineLint;
using Passthrough.Host.Boot;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-007: is what the boot loader's files say what the running kernel got?</summary>
internal sealed class Cmd007StagedLine : CommandLineCheck
{
    public override string Id => "CMD-007";
    public override string Title => "Boot loader's files and running command line agree";
    public override Severity Severity => Severity.High;
    protected override string Parameter => "";

    public override string Explanation =>
        "A token in /etc/default/grub does nothing until the loader's entries are made anew, and nothing until the reboot after that. On machines with systemd-boot or proxmox-boot-tool " +
        "/etc/default/grub is not read at all: /etc/kernel/cmdline is. This check sets the files beside /proc/cmdline, for the tokens that matter to passthrough, and names file and line. " +
        "A unified kernel image and an EFI partition that is not mounted cannot be read this way.";

    public override string Criteria =>
        "Warn: a file holds a token that the running kernel did not get. Note: the running kernel got a token that no file of its loader holds, so it will be gone. Pass: they agree. " +
        "Unknown: files of the loader could not be read. NotApplicable: there is no boot-loader file, as in guests that a hypervisor boots directly.";

    public override IReadOnlyList<string> References =>
        ["GRUB manual, Simple configuration handling", "UAPI group: Boot Loader Specification", "kernel-install(8), bootctl(1)", "NVIDIA/kubevirt-gpu-device-plugin #66"];

    public override IReadOnlyList<Remedy> Remedies =>
        [new("Regenerate the loader's entries (update-grub, grub2-mkconfig, grubby, kernel-install, proxmox-boot-tool refresh or kernelstub, as the loader asks), reboot, and look at /proc/cmdline.")];

    protected override IEnumerable<Finding> Examine(HostModel model, KernelCommandLine line)
    {
        if (model.Kernel.Boot is null)
        {
            yield return Make(Verdict.Unknown, "host", "No boot-loader file was looked for. Run ptdiag as root on the host itself to know.", []);
            yield break;
        }

        var drift = new BootDrift(model);
        Finding[] findings = [.. Pending(model, drift), .. Vanishing(model, drift, line)];
        foreach (Finding finding in findings)
        {
            yield return finding;
        }

        if (drift.Unread.Count > 0)
        {
            Reading<string> first = drift.Unread[0];
            string more = drift.Unread.Count == 1 ? "" : $" and {Quote.Count(drift.Unread.Count - 1, "more place")}";
            yield return Make(Verdict.Unknown, "host", $"What the next boot gets is not wholly known: {first.Source} ({PlatformEvidence.OutcomeWords(first)}){more}. {PlatformEvidence.HowToKnow(model, first)}",
                [.. drift.Unread.Take(8).Select(PlatformEvidence.Cite)]);
        }
        else if (drift.Sources.Count == 0 && drift.Entries.Count == 0)
        {
            yield return model.Source == SourceKind.Directory
                ? Make(Verdict.Unknown, "host", "The tree holds no boot-loader file. Run ptdiag as root on the machine itself to know.", [])
                : Make(Verdict.NotApplicable, "host", "There is no boot-loader file: the kernel's command line comes from outside (a hypervisor, the network, a unified kernel image).", [Cite(model, line.Text)]);
        }
        else if (findings.Length == 0)
        {
            yield return Make(Verdict.Pass, "host", "The boot loader's files hold the tokens that the running kernel got, as far as passthrough is concerned.",
                [Cite(model, line.Text), .. drift.Sources.Concat(drift.Entries).Take(4).Select(item => new Citation(item.Path, null, item.Title))]);
        }
    }

    // In a file, not on the running line.
    private IEnumerable<Finding> Pending(HostModel model, BootDrift drift)
    {
        var said = new HashSet<string>(StringComparer.Ordinal);
        foreach (StagedLine source in drift.Sources.OrderByDescending(drift.IsOwn))
        {
            foreach (StagedToken item in BootDrift.Tokens([source]).Where(item => !drift.IsLive(item.Token) && said.Add(BootDrift.Key(item.Token))))
            {
                string where = $"{item.Path} line {item.Line} holds {item.Token.Text}, and the running kernel did not get it";
                (string message, string remedy) = !drift.IsOwn(source)
                    ? ($"{where}: {drift.LoaderWords}, which does not read this file.", WrongFile(drift))
                    : drift.IsInEntry(item.Token) ? ($"{where}: the loader's entry has it, so a reboot is what is missing.", "Reboot, then look at /proc/cmdline.")
                    : drift.Entries.Count > 0 ? ($"{where}: the loader's entry ({drift.Entries[0].Path}) does not have it yet.", drift.Regenerate(source))
                    : ($"{where}: the entry was not made anew, or the machine was not rebooted since.", drift.Regenerate(source));
                yield return Make(Verdict.Warn, "token:" + item.Token.Text, message, [new Citation(item.Path, item.Line, item.Token.Text), Line(model)], new Remedy(remedy));
            }
        }

        foreach (StagedToken item in BootDrift.Tokens(drift.Entries).Where(item => !drift.IsLive(item.Token) && said.Add(BootDrift.Key(item.Token))))
        {
            yield return Make(Verdict.Warn, "token:" + item.Token.Text,
                $"{item.Path} line {item.Line}, an entry of the boot loader, holds {item.Token.Text}, and the running kernel did not get it: a reboot is pending, or another entry was booted.",
                [new Citation(item.Path, item.Line, item.Token.Text), Line(model)], new Remedy("Reboot, then look at /proc/cmdline; if the token is not wanted, take it out of the boot loader's configuration."));
        }
    }

    // On the running line, not in the files. Rests on absence, so every file of the loader must have been read.
    private IEnumerable<Finding> Vanishing(HostModel model, BootDrift drift, KernelCommandLine line)
    {
        StagedLine[] sources = [.. drift.OwnSources];
        if (drift.Unread.Count > 0 || (sources.Length == 0 && drift.Entries.Count == 0))
        {
            yield break;
        }

        foreach (CommandLineToken token in line.Tokens.Where(CommandLineLinter.IsOfFamily).DistinctBy(BootDrift.Key))
        {
            bool inSource = sources.Any(source => source.Tokens.Any(item => BootDrift.Key(item.Token) == BootDrift.Key(token)));
            string? when = drift.Entries.Count > 0 && !drift.IsInEntry(token) ? "at the next boot, unless it is typed again: no entry of the boot loader for this kernel holds it"
                : sources.Length > 0 && !inSource ? $"when the loader's entries are made anew: {sources[0].Path} does not hold it" : null;
            if (when is not null)
            {
                yield return Make(Verdict.Note, "token:" + token.Text, $"The running kernel got {token.Text}, and it goes away {when}.",
                    [Line(model), .. drift.Entries.Concat(sources).Take(2).Select(item => new Citation(item.Path, null, item.Title))],
                    new Remedy($"If {token.Text} is wanted, add it to the boot loader's configuration."));
            }
        }
    }

    private static string WrongFile(BootDrift drift) => drift.Loader == BootLoaderKind.SystemdBoot
        ? "Put the token into /etc/kernel/cmdline and run proxmox-boot-tool refresh (Proxmox VE) or kernel-install; on Pop!_OS use kernelstub -a. Then reboot."
        : "Put the token into GRUB_CMDLINE_LINUX of /etc/default/grub, run update-grub or grub2-mkconfig, and reboot.";

    private static Citation Line(HostModel model) => Cite(model, model.Kernel.CommandLine.Value!.Text);
}
