namespace Passthrough.Diagnosis.Checks;

/// <summary>How to change the kernel command line, in words for each boot loader. No command is offered: the right one depends on which loader boots.</summary>
internal static class BootLine
{
    private const string Where =
        "GRUB: edit GRUB_CMDLINE_LINUX in /etc/default/grub (and its .d folder), then update-grub on Debian and Ubuntu, " +
        "or grub2-mkconfig / grubby --update-kernel=ALL on Fedora, RHEL and SUSE. " +
        "systemd-boot: edit /etc/kernel/cmdline and run kernel-install, or edit the options line of the entry in loader/entries; Pop!_OS: kernelstub. " +
        "Proxmox VE on systemd-boot: edit /etc/kernel/cmdline, then proxmox-boot-tool refresh. " +
        "Then reboot and look at /proc/cmdline.";

    /// <summary>Add a token.</summary>
    public static Remedy Add(string token) => new($"Add {token} to the kernel command line. {Where}");

    /// <summary>Remove a token.</summary>
    public static Remedy Remove(string token) => new($"Remove {token} from the kernel command line. {Where}");

    /// <summary>Replace a token.</summary>
    public static Remedy Replace(string token, string by) => new($"Replace {token} by {by} on the kernel command line. {Where}");
}
