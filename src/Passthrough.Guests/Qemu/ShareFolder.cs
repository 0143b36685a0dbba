using System.Text;
using Passthrough.Guests.Boot;

namespace Passthrough.Guests.Qemu;

/// <summary>
/// The temporary folder of one guest: <c>share/control</c> (command, output, exit code), <c>share/out</c> (the guest's
/// <c>/out</c>), the disks and the console. Removed with everything in it.
/// </summary>
internal sealed class ShareFolder : IDisposable
{
    private const string Prefix = "ptdiag-lab-";
    // QEMU's mapped-file model keeps owners and modes in folders of this name, and of the root in this file.
    private const string MappedNames = ".virtfs_metadata";
    private readonly FolderLock _lock;
    private readonly Dictionary<string, byte[]> _placed = new(StringComparer.Ordinal);

    private ShareFolder(string folder, FolderLock held)
    {
        Folder = folder;
        _lock = held;
    }

    /// <summary>The temporary folder itself.</summary>
    public string Folder { get; }

    /// <summary>What the guest mounts as <c>/run/lab</c>.</summary>
    public string Share => Path.Combine(Folder, "share");

    /// <summary>The serial console's file.</summary>
    public string Console => Path.Combine(Folder, "console");

    /// <summary>The command's standard output while the guest runs.</summary>
    public string Output => Path.Combine(Share, "control", "stdout");

    /// <summary>The command's standard error while the guest runs.</summary>
    public string Error => Path.Combine(Share, "control", "stderr");

    private string Out => Path.Combine(Share, "out");

    /// <summary>Makes the folder below <paramref name="parent"/>, after removing those of processes that were killed.</summary>
    public static ShareFolder Create(string parent)
    {
        RemoveAbandoned(parent);
        // Owner only: what a guest reports about this machine is no business of other users.
        string folder = Directory.CreateTempSubdirectory(Prefix).FullName;
        FolderLock held = FolderLock.TryTake(Path.Combine(folder, ".lock"))
            ?? throw new LabException($"The folder {folder} cannot be locked.");
        var share = new ShareFolder(folder, held);
        Directory.CreateDirectory(Path.Combine(share.Share, "control"));
        Directory.CreateDirectory(share.Out);
        return share;
    }

    /// <summary>Writes what the guest's first process needs to know, and its empty disks.</summary>
    public void Prepare(LabMachine machine, LabKernel kernel, LabCommand? command)
    {
        string control = Path.Combine(Share, "control");
        File.WriteAllText(Path.Combine(control, "settings"), Settings(machine, kernel, command));
        File.WriteAllText(
            Path.Combine(control, "command"),
            command is null ? "exec /bin/bash -l\n" : ShellCommand(command.Arguments));
        if (command?.AgentPath is { } agent)
        {
            if (!File.Exists(agent))
            {
                throw new LabException($"The program {agent}, which the guest was to run, is not there.");
            }

            File.Copy(agent, Path.Combine(control, "agent"));
        }

        if (command is not null)
        {
            Place(command.Files);
        }

        int disk = 0;
        var files = new GuestFiles("", "", Share, Folder, null);
        foreach (int size in machine.Devices.Select(device => device.DiskMebibytes).OfType<int>())
        {
            // Sparse: it takes room only where the guest writes.
            using FileStream image = File.Create(QemuCommandLine.DiskPath(files, disk++));
            image.SetLength((long)size << 20);
        }
    }

    /// <summary>The exit code the guest wrote, or null when it did not come so far.</summary>
    public int? ExitCode()
    {
        string path = Path.Combine(Share, "control", "rc");
        return File.Exists(path)
            && int.TryParse(
                File.ReadAllText(path).Trim(), System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture, out int code)
            ? code
            : null;
    }

    /// <summary>The regular files of <c>/out</c> that are new or changed.</summary>
    public IReadOnlyDictionary<string, byte[]> Collect()
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        Collect(new DirectoryInfo(Out), files);
        return files;
    }

    /// <summary>A text file of this folder, or nothing where it was never written.</summary>
    public static string ReadText(string path) => File.Exists(path) ? File.ReadAllText(path, Encoding.UTF8) : "";

    /// <summary>A word as the shell reads it back unchanged.</summary>
    public static string Quote(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    /// <summary>The script that becomes the command.</summary>
    public static string ShellCommand(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0 || arguments.Any(argument => argument.Contains('\0', StringComparison.Ordinal)))
        {
            throw new LabException("A guest needs a command of at least one word, and no word may hold a NUL character.");
        }

        return "exec " + string.Join(' ', arguments.Select(Quote)) + "\n";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Remove(Folder);
        _lock.Dispose();
    }

    private static string Settings(LabMachine machine, LabKernel kernel, LabCommand? command)
    {
        // vfio_iommu_type1 would come by itself with the first container; loaded early its parameters can be seen.
        string[] vfio = machine.HasVfioModules ? ["vfio-pci", "vfio_iommu_type1"] : [];
        string modules = machine.HasVfioModules ? kernel.ModulesFolder : kernel.ModulesFolderWithoutVfio;
        (string Name, string Value)[] settings =
        [
            ("NAME", machine.Name),
            ("KERNEL_FOLDER", kernel.Folder),
            ("MODULES_FOLDER", modules),
            ("CANDIDATES", string.Join(' ', machine.Candidates)),
            ("MODULES", string.Join(' ', [.. vfio, .. machine.HostDrivers])),
            ("WAIT_FOR", string.Join(' ', machine.WaitFor)),
            ("PLANT", machine.Plant),
            ("AGENT", command?.AgentPath is null ? "0" : "1"),
            ("INTERACTIVE", command is null ? "1" : "0"),
            ("TERMINAL", Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } term ? term : "vt100"),
        ];
        return string.Concat(settings.Select(setting => $"{setting.Name}={Quote(setting.Value)}\n"));
    }

    private static void RemoveAbandoned(string parent)
    {
        foreach (string folder in Directory.EnumerateDirectories(parent, Prefix + "*"))
        {
            string path = Path.Combine(folder, ".lock");
            try
            {
                // A folder without the file is one that another process makes at this moment.
                if (File.Exists(path) && FolderLock.TryTake(path) is { } held)
                {
                    using (held)
                    {
                        Remove(folder);
                    }
                }
            }
            catch (UnauthorizedAccessException)
            {
                // Another user's.
            }
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Left for the next start: a result that is there must not be lost over it.
        }
    }

    private void Place(IReadOnlyDictionary<string, byte[]> files)
    {
        foreach ((string name, byte[] content) in files)
        {
            string path = Path.GetFullPath(Path.Combine(Out, name));
            if (name.Length == 0 || Path.IsPathRooted(name) || !path.StartsWith(Out + "/", StringComparison.Ordinal))
            {
                throw new LabException($"The file name {name} does not lie inside the guest's /out.");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
            _placed[Path.GetRelativePath(Out, path)] = content;
        }
    }

    private void Collect(DirectoryInfo folder, SortedDictionary<string, byte[]> files)
    {
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.Name.StartsWith(MappedNames, StringComparison.Ordinal) || entry.LinkTarget is not null)
            {
                continue;
            }

            if (entry is DirectoryInfo inner)
            {
                Collect(inner, files);
                continue;
            }

            string name = Path.GetRelativePath(Out, entry.FullName);
            byte[] content = File.ReadAllBytes(entry.FullName);
            if (!_placed.TryGetValue(name, out byte[]? before) || !content.AsSpan().SequenceEqual(before))
            {
                files[name] = content;
            }
        }
    }
}
