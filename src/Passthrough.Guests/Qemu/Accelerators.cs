using System.Security.Cryptography;
using System.Text;
using Passthrough.Guests.Boot;

namespace Passthrough.Guests.Qemu;

/// <summary>Decides between KVM and emulation by trying: a /dev/kvm that opens does not yet start a kernel.</summary>
internal static class Accelerators
{
    private const string Token = "PTDIAG-LAB-GUEST-STARTED";
    private static readonly TimeSpan s_probeLimit = TimeSpan.FromSeconds(10);

    /// <summary>The accelerator to use for a wish of <c>auto</c>, <c>tcg</c> or <c>kvm</c>.</summary>
    public static async Task<string> ChooseAsync(
        string wish, LabKernel kernel, string initramfs, IProgress<string>? progress, CancellationToken cancel)
    {
        switch (wish)
        {
            case "tcg":
                return "tcg";
            case "kvm" when !CanOpenKvm():
                throw new LabException("/dev/kvm cannot be opened for reading and writing; use the accelerator tcg.");
            case "kvm":
            case "auto":
                break;
            default:
                throw new LabException($"There is no accelerator {wish}; use auto, tcg or kvm.");
        }

        if (!CanOpenKvm())
        {
            return "tcg";
        }

        string answer = await ProbeAsync(kernel, initramfs, progress, cancel).ConfigureAwait(false);
        return wish == "kvm" && answer != "kvm"
            ? throw new LabException("/dev/kvm opens, but a guest does not start under KVM on this machine within 10 s; use the accelerator tcg.")
            : answer;
    }

    /// <summary>What the boot probe says, asked once and then remembered.</summary>
    private static async Task<string> ProbeAsync(LabKernel kernel, string initramfs, IProgress<string>? progress, CancellationToken cancel)
    {
        string memory = await MemoryPathAsync(kernel, initramfs, cancel).ConfigureAwait(false);
        if (ShareFolder.ReadText(memory).Trim() is "tcg" or "kvm")
        {
            return ShareFolder.ReadText(memory).Trim();
        }

        progress?.Report("Trying whether a guest starts under KVM here (at most 10 s)");
        string answer = await StartsUnderKvmAsync(kernel, initramfs, cancel).ConfigureAwait(false) ? "kvm" : "tcg";
        string partial = memory + "." + Guid.NewGuid().ToString("N");
        await File.WriteAllTextAsync(partial, answer + "\n", cancel).ConfigureAwait(false);
        File.Move(partial, memory, overwrite: true);
        return answer;
    }

    private static bool CanOpenKvm()
    {
        try
        {
            using var device = new FileStream("/dev/kvm", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return false;
        }
    }

    private static async Task<bool> StartsUnderKvmAsync(LabKernel kernel, string initramfs, CancellationToken cancel)
    {
        string[] arguments =
        [
            "-machine", "q35", "-accel", "kvm", "-cpu", "host", "-smp", "1", "-m", "512M",
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
            "-kernel", kernel.Vmlinux, "-initrd", initramfs, "-append", "console=ttyS0 quiet loglevel=3 panic=-1 lab.probe=1",
        ];
        QemuEnd end = await QemuProcess.RunAsync(arguments, hostCpus: null, s_probeLimit, cancel).ConfigureAwait(false);
        return end.Output.Contains(Token, StringComparison.Ordinal);
    }

    /// <summary>Remembered until the machine boots anew or QEMU, the kernel or the initramfs changes.</summary>
    private static async Task<string> MemoryPathAsync(LabKernel kernel, string initramfs, CancellationToken cancel)
    {
        string version = await HostPrograms.RunAsync(
            HostPrograms.Command("qemu-system-x86_64", "--version"), "Asking QEMU for its version", cancel).ConfigureAwait(false);
        string boot = await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id", cancel).ConfigureAwait(false);
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(boot + version + Path.GetFileName(initramfs)));
        return Path.Combine(kernel.Folder, "accelerator-" + Convert.ToHexStringLower(hash)[..16]);
    }
}
