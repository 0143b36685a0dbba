using System.Text;
using Passthrough.Guests.Boot;
using Passthrough.Guests.Qemu;

namespace Passthrough.Guests;

/// <summary>
/// Starts QEMU guests with a virtual IOMMU. A guest's root is this machine's own <c>/</c>, read-only under an overlay in memory, with
/// a Debian kernel; what a guest writes is gone when it ends, except what it leaves in <c>/out</c>.
/// </summary>
public sealed partial class Lab(LabOptions options)
{
    private const int ConsoleLines = 12;

    /// <summary>One sentence that says what is missing here and how to get it, or null when the lab can run.</summary>
    public static string? WhyNot() => HostPrograms.WhatIsMissing();

    /// <summary>Boots the machine, runs the command in it, and returns what it left behind once the guest is off.</summary>
    /// <exception cref="LabException">The guest could not be prepared, did not boot, or took too long.</exception>
    public async Task<LabRun> RunAsync(LabMachine machine, LabCommand command, CancellationToken cancel)
    {
        Guest guest = await PrepareAsync(machine, cancel).ConfigureAwait(false);
        using ShareFolder share = ShareFolder.Create(Path.GetTempPath());
        share.Prepare(machine, guest.Kernel, command);
        var files = new GuestFiles(guest.Kernel.Vmlinux, InitramfsOf(machine, guest, share), share.Share, share.Folder, share.Console);
        IReadOnlyList<string> arguments = QemuCommandLine.Build(machine, files, guest.Accelerator);

        options.Progress?.Report($"Booting {machine.Name} ({guest.Accelerator}, {guest.Kernel.Release})");
        Task<QemuEnd> running = QemuProcess.RunAsync(arguments, machine.HostCpus, command.Timeout, cancel);
        if (command.OnOutput is { } onOutput)
        {
            await new OutputTail([share.Output, share.Error], onOutput).FollowAsync(running).ConfigureAwait(false);
        }

        QemuEnd end = await running.ConfigureAwait(false);
        string console = ShareFolder.ReadText(share.Console);
        string emulator = WithoutOwnNoise(end.Output);
        if (end.TimedOut)
        {
            throw new LabException(
                $"The guest {machine.Name} did not finish within {command.Timeout.TotalSeconds:0} s and was ended"
                + $"{LastWords(console, emulator)}");
        }

        int exitCode = share.ExitCode() ?? throw new LabException(
            $"The guest {machine.Name} ended without a result (QEMU's exit code {end.ExitCode})"
            + $"{LastWords(console, emulator)}");
        return new LabRun
        {
            ExitCode = exitCode,
            Output = ShareFolder.ReadText(share.Output),
            Error = ShareFolder.ReadText(share.Error),
            Files = share.Collect(),
            ConsoleLog = console,
            EmulatorLog = emulator,
            Wall = end.Wall,
            Accelerator = guest.Accelerator,
            Kernel = guest.Kernel.Release,
        };
    }

    /// <summary>
    /// Boots the machine with a shell on this process's terminal. Returns the shell's exit code, or QEMU's when the guest was ended
    /// from QEMU's side (Ctrl-A X).
    /// </summary>
    /// <exception cref="LabException">The guest could not be prepared.</exception>
    public async Task<int> BootInteractiveAsync(LabMachine machine, CancellationToken cancel)
    {
        Guest guest = await PrepareAsync(machine, cancel).ConfigureAwait(false);
        using ShareFolder share = ShareFolder.Create(Path.GetTempPath());
        share.Prepare(machine, guest.Kernel, command: null);
        var files = new GuestFiles(guest.Kernel.Vmlinux, InitramfsOf(machine, guest, share), share.Share, share.Folder, Console: null);
        options.Progress?.Report($"Booting {machine.Name} ({guest.Accelerator}, {guest.Kernel.Release}); Ctrl-A X ends the guest");
        int code = await QemuProcess.RunOnTerminalAsync(
            QemuCommandLine.Build(machine, files, guest.Accelerator), cancel).ConfigureAwait(false);
        return share.ExitCode() ?? code;
    }

    // A table of the lab's own stands in an archive before the initramfs.
    private static string InitramfsOf(LabMachine machine, Guest guest, ShareFolder share)
    {
        if (machine.DmarOverride is not { } table)
        {
            return guest.Initramfs;
        }

        string joined = Path.Combine(share.Folder, "initramfs");
        using FileStream file = File.Create(joined);
        file.Write(DmarTable.Archive(table));
        using FileStream rest = File.OpenRead(guest.Initramfs);
        rest.CopyTo(file);
        return joined;
    }

    private async Task<Guest> PrepareAsync(LabMachine machine, CancellationToken cancel)
    {
        if (WhyNot() is { } reason)
        {
            throw new LabException(reason);
        }

        LabKernel kernel = await new KernelStore(options.ResolveCacheFolder(), options.Progress, machine.KernelSeries).GetAsync(cancel).ConfigureAwait(false);
        string initramfs = await Initramfs.GetAsync(kernel, cancel).ConfigureAwait(false);
        string accelerator = await Accelerators.ChooseAsync(options.Accelerator, kernel, initramfs, options.Progress, cancel)
            .ConfigureAwait(false);
        return new Guest(kernel, initramfs, accelerator);
    }

    // A processor model under TCG lacks features of the real one; a page of these says nothing about the guest's work. That the lab
    // itself ended QEMU is said elsewhere.
    private static string WithoutOwnNoise(string log) => string.Concat(
        log.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.Contains("TCG doesn't support requested feature", StringComparison.Ordinal)
                && !line.Contains("terminating on signal", StringComparison.Ordinal))
            .Select(line => line + "\n"));

    private static string LastWords(string console, string emulator)
    {
        var text = new StringBuilder();
        Append(text, "last lines of its console", console);
        Append(text, "last lines of QEMU", emulator);
        return text.Length == 0 ? "; its console and QEMU were silent" : text.ToString();
    }

    private static void Append(StringBuilder text, string title, string lines)
    {
        string[] last = lines.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (last.Length == 0)
        {
            return;
        }

        IEnumerable<string> shown = last.TakeLast(ConsoleLines);
        // A panic names its reason first and then prints a stack that is longer than what is shown.
        if (last.SkipLast(ConsoleLines).LastOrDefault(line => line.Contains("Kernel panic", StringComparison.Ordinal)) is { } reason)
        {
            shown = shown.Prepend("…").Prepend(reason);
        }

        text.Append("; ").Append(title).Append(":\n  ").AppendJoin("\n  ", shown);
    }

    private sealed record Guest(LabKernel Kernel, string Initramfs, string Accelerator);
}
