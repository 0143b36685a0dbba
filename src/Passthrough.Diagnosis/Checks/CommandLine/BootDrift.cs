using Passthrough.Diagnosis.CommandLineLint;
using Passthrough.Host.Boot;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>What boot-loader files hold for the next boot, set beside the command line of this one.</summary>
internal sealed class BootDrift
{
    private readonly HostModel _model;
    private readonly BootInfo _boot;

    /// <summary>Takes a machine whose command line is known and whose boot-loader files were looked for.</summary>
    public BootDrift(HostModel model)
    {
        _model = model;
        _boot = model.Kernel.Boot!;
        Loader = FindLoader();
        Sources = [.. _boot.Lines.Where(line => line.Kind is StagedKind.GrubDefaults or StagedKind.KernelInstall or StagedKind.Kernelstub)];
        Entries = FindEntries();
        Unread = [.. _boot.Unread.Where(IsRelevant)];
    }

    /// <summary>Which loader booted, as far as anything tells.</summary>
    public BootLoaderKind Loader { get; }

    /// <summary>Command lines that a person edits.</summary>
    public IReadOnlyList<StagedLine> Sources { get; }

    /// <summary>Entries of the loader for the running kernel, or for the first kernel where it has none for the running one.</summary>
    public IReadOnlyList<StagedLine> Entries { get; }

    /// <summary>Files of this loader that could not be read.</summary>
    public IReadOnlyList<Reading<string>> Unread { get; }

    /// <summary>Sources that the loader which booted is fed from; all where that is not known.</summary>
    public IEnumerable<StagedLine> OwnSources => Sources.Where(IsOwn);

    /// <summary>True when the source feeds the loader that booted, or it is not known which did.</summary>
    public bool IsOwn(StagedLine source) => Loader switch
    {
        BootLoaderKind.Grub => source.Kind == StagedKind.GrubDefaults
            || (source.Kind == StagedKind.KernelInstall && _boot.Lines.Any(line => line.Kind == StagedKind.LoaderEntry)),
        BootLoaderKind.SystemdBoot => source.Kind is StagedKind.KernelInstall or StagedKind.Kernelstub,
        _ => true,
    };

    /// <summary>Tokens of the linter's families in these lines, each once.</summary>
    public static IEnumerable<StagedToken> Tokens(IEnumerable<StagedLine> lines) => lines.SelectMany(line => line.Tokens)
        .Where(item => CommandLineLinter.IsOfFamily(item.Token)).DistinctBy(item => Key(item.Token));

    /// <summary>True when the running kernel's line holds the same.</summary>
    public bool IsLive(CommandLineToken token) => _model.Kernel.CommandLine.Value!.Tokens.Any(live => Key(live) == Key(token));

    /// <summary>True when an entry of the loader holds the same.</summary>
    public bool IsInEntry(CommandLineToken token) => Entries.Any(line => line.Tokens.Any(item => Key(item.Token) == Key(token)));

    /// <summary>What makes two tokens the same: the name with '-' and '_' alike, and the value.</summary>
    public static string Key(CommandLineToken token) => token.Name.Replace('-', '_') + (token.Value is null ? "" : "=" + token.Value);

    /// <summary>How to bring an edited source to the loader.</summary>
    public string Regenerate(StagedLine source) => source.Kind switch
    {
        StagedKind.GrubDefaults => Entries.FirstOrDefault(line => line.Kind == StagedKind.GrubEntry)?.Path is { } path && path.StartsWith("/boot/grub2/", StringComparison.Ordinal)
            ? $"Run grub2-mkconfig -o {path}, then reboot."
            : "Run update-grub (Debian, Ubuntu, Proxmox VE) or grub-mkconfig -o with the path of grub.cfg; on Fedora and RHEL grubby --update-kernel=ALL --args=… writes the entries. Then reboot.",
        StagedKind.Kernelstub => "Run kernelstub, which writes the loader's entry, then reboot.",
        _ => _boot.UsesProxmoxBootTool ? "Run proxmox-boot-tool refresh, then reboot."
            : "Run kernel-install for the installed kernel (or the tool that builds the unified kernel image), then reboot.",
    };

    /// <summary>Which loader booted, in words with what shows it.</summary>
    public string LoaderWords => _boot.LoaderInfo.IsKnown ? $"{_boot.LoaderInfo.Value} booted this machine" : Loader switch
    {
        BootLoaderKind.Grub => "GRUB booted this machine (BOOT_IMAGE= on its command line)",
        BootLoaderKind.SystemdBoot => "an EFI boot loader booted this machine (initrd= with backslashes on its command line)",
        _ => "which loader booted is not told",
    };

    private BootLoaderKind FindLoader()
    {
        if (_boot.LoaderInfo.IsKnown)
        {
            return _boot.LoaderInfo.Value!.StartsWith("systemd-boot", StringComparison.OrdinalIgnoreCase) ? BootLoaderKind.SystemdBoot
                : _boot.LoaderInfo.Value.StartsWith("GRUB", StringComparison.OrdinalIgnoreCase) ? BootLoaderKind.Grub : BootLoaderKind.Unknown;
        }

        KernelCommandLine line = _model.Kernel.CommandLine.Value!;
        return line.Named("BOOT_IMAGE").Any(token => token.Value?.StartsWith('/') == true || token.Value?.StartsWith('(') == true) ? BootLoaderKind.Grub
            : line.Named("initrd").Any(token => token.Value?.Contains('\\', StringComparison.Ordinal) == true) ? BootLoaderKind.SystemdBoot
            : BootLoaderKind.Unknown;
    }

    private StagedLine[] FindEntries()
    {
        StagedLine[] all = [.. _boot.Lines.Where(line => !line.IsRecovery && (line.Kind is StagedKind.GrubEntry or StagedKind.LoaderEntry))];
        bool hasGrub = all.Any(line => line.Kind == StagedKind.GrubEntry);
        StagedLine[] own = Loader switch
        {
            BootLoaderKind.Grub => [.. all.Where(line => line.Kind == (hasGrub ? StagedKind.GrubEntry : StagedKind.LoaderEntry))],
            BootLoaderKind.SystemdBoot => [.. all.Where(line => line.Kind == StagedKind.LoaderEntry)],
            _ => all,
        };
        string? image = Name(_model.Kernel.CommandLine.Value!.Named("BOOT_IMAGE").FirstOrDefault()?.Value);
        string? release = _model.Kernel.Release.Or(null);
        StagedLine[] running = [.. own.Where(line => (image is not null && Name(line.Kernel) == image)
            || (release is { Length: > 0 } && line.Kernel?.Contains(release, StringComparison.Ordinal) == true))];

        // With an unknown loader every entry may be the one; with a known one the first of the running kernel is.
        return Loader == BootLoaderKind.Unknown ? own : running.Length > 0 ? running[..1] : own.Length > 0 ? own[..1] : [];
    }

    private bool IsRelevant(Reading<string> unread) => Loader switch
    {
        BootLoaderKind.Grub => unread.Source.Contains("grub", StringComparison.Ordinal) && !unread.Source.StartsWith("/boot/efi", StringComparison.Ordinal)
            ? !IsOtherGrub(unread.Source)
            : unread.Source.StartsWith("/boot/loader", StringComparison.Ordinal),
        BootLoaderKind.SystemdBoot => unread.Source.Contains("/loader/", StringComparison.Ordinal) || unread.Source.Contains("kernel", StringComparison.Ordinal),
        _ => true,
    };

    // One of /boot/grub and /boot/grub2 is in use; a hole in the other hides nothing once entries were read.
    private bool IsOtherGrub(string path) => Entries.Count > 0 && path.StartsWith("/boot/grub", StringComparison.Ordinal)
        && !path.StartsWith(Entries[0].Path[..(Entries[0].Path.LastIndexOf('/') + 1)], StringComparison.Ordinal)
        && Entries[0].Kind == StagedKind.GrubEntry;

    private static string? Name(string? path) => path is { Length: > 0 } ? path[(path.LastIndexOf('/') + 1)..] : null;
}

/// <summary>Which loader booted.</summary>
internal enum BootLoaderKind
{
    /// <summary>Not told.</summary>
    Unknown,

    /// <summary>GRUB.</summary>
    Grub,

    /// <summary>systemd-boot, or another EFI loader that reads loader/entries.</summary>
    SystemdBoot,
}
