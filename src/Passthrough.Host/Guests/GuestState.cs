using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;

namespace Passthrough.Host.Guests;

/// <summary>The guests that this machine defines or runs, as far as their definitions were seen.</summary>
public sealed record GuestState
{
    /// <summary>Where libvirt keeps the definitions of the system's guests.</summary>
    public const string LibvirtFolder = "/etc/libvirt/qemu";

    /// <summary>Nothing was asked.</summary>
    public static GuestState NotAsked { get; } = new()
    {
        Folders = [Reading.Missing<IReadOnlyList<string>>(Outcome.NotRecorded, LibvirtFolder)],
    };

    /// <summary>The folders of definitions (libvirt's and Proxmox'), and those that show which guests run: what their listing gave.</summary>
    public required IReadOnlyList<Reading<IReadOnlyList<string>>> Folders { get; init; }

    /// <summary>The guests, ordered by name.</summary>
    public IReadOnlyList<Guest> All { get; init; } = [];

    /// <summary>QEMU's logs, as libvirt writes them.</summary>
    public IReadOnlyList<GuestLog> Logs { get; init; } = [];

    /// <summary>The first folder that could not be looked at; null when each was listed or does not exist.</summary>
    public Reading<IReadOnlyList<string>>? UnseenFolder
    {
        get
        {
            foreach (Reading<IReadOnlyList<string>> folder in Folders)
            {
                if (!folder.IsKnown && !folder.IsAbsent)
                {
                    return folder;
                }
            }

            return null;
        }
    }

    /// <summary>Some folder of definitions was listed.</summary>
    public bool IsAnyFolderListed => Folders.Any(folder => folder.IsKnown);

    /// <summary>The name of the guest whose process this is, as libvirt's status tells it; null when none says so.</summary>
    public string? NameOf(int processId) => All.FirstOrDefault(guest => guest.ProcessId == processId)?.Name;
}

/// <summary>One guest.</summary>
public sealed record Guest
{
    /// <summary>Its name: that of its file, without the ending, so that it has one also when the file cannot be read. On Proxmox the number.</summary>
    public required string Name { get; init; }

    /// <summary>The file of its definition.</summary>
    public required string Path { get; init; }

    /// <summary>What it is; a file that does not parse is a failed reading with the reason and the line.</summary>
    public required Reading<GuestDefinition> Definition { get; init; }

    /// <summary>It runs now; null when that could not be seen.</summary>
    public bool? IsRunning { get; init; }

    /// <summary>It starts with the machine; null when that could not be seen.</summary>
    public bool? IsAutostarted { get; init; }

    /// <summary>It was handed over to be judged, and need not be a guest of this machine.</summary>
    public bool IsGiven { get; init; }

    /// <summary>Its QEMU process, where libvirt's status tells it.</summary>
    public int? ProcessId { get; init; }
}

/// <summary>The log of one guest's QEMU: its last part, classified.</summary>
/// <param name="Guest">The guest's name.</param>
/// <param name="Content">The events; lines are counted from the beginning of what was read.</param>
/// <param name="LastStart">Line of the last "starting up libvirt version"; 0 when none was read.</param>
public sealed record GuestLog(string Guest, Reading<ClassifiedLog> Content, int LastStart);
