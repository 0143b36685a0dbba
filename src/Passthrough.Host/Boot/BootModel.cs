using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;

namespace Passthrough.Host.Boot;

/// <summary>What the next boot's kernel command line will be made of, as far as files tell.</summary>
public sealed record BootInfo
{
    /// <summary>What the loader left in the EFI variable LoaderInfo: "systemd-boot 257", "GRUB 2.12". Absent where the loader leaves none.</summary>
    public required Reading<string> LoaderInfo { get; init; }

    /// <summary>Command lines that files hold: sources, which a person edits, and entries, which the loader reads.</summary>
    public required IReadOnlyList<StagedLine> Lines { get; init; }

    /// <summary>Files and folders that may hold more and could not be read or understood.</summary>
    public required IReadOnlyList<Reading<string>> Unread { get; init; }

    /// <summary>/etc/kernel/proxmox-boot-uuids was found: proxmox-boot-tool copies kernels and entries to EFI partitions of its own.</summary>
    public bool UsesProxmoxBootTool { get; init; }
}

/// <summary>One command line that a file holds.</summary>
public sealed record StagedLine
{
    /// <summary>What kind of file.</summary>
    public required StagedKind Kind { get; init; }

    /// <summary>The first file that it came from.</summary>
    public required string Path { get; init; }

    /// <summary>The entry's title, where it has one.</summary>
    public string? Title { get; init; }

    /// <summary>The kernel image of an entry, as the loader names it; null for a source.</summary>
    public string? Kernel { get; init; }

    /// <summary>The tokens in order, each with its place.</summary>
    public required IReadOnlyList<StagedToken> Tokens { get; init; }

    /// <summary>A recovery or rescue entry, which is meant to differ.</summary>
    public bool IsRecovery { get; init; }
}

/// <summary>A token and the place where it stands; the line is 1-based.</summary>
public sealed record StagedToken(CommandLineToken Token, string Path, int Line);

/// <summary>Who reads a staged command line.</summary>
public enum StagedKind
{
    /// <summary>/etc/default/grub and its drop-in files: grub-mkconfig makes entries of it.</summary>
    GrubDefaults,

    /// <summary>A linux line of grub.cfg.</summary>
    GrubEntry,

    /// <summary>A Boot Loader Specification entry (loader/entries/*.conf): systemd-boot, GRUB of Fedora, ostree.</summary>
    LoaderEntry,

    /// <summary>/etc/kernel/cmdline: kernel-install and proxmox-boot-tool make entries or unified images of it.</summary>
    KernelInstall,

    /// <summary>/etc/kernelstub/configuration (Pop!_OS).</summary>
    Kernelstub,
}
