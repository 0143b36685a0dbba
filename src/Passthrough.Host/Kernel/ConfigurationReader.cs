using Passthrough.Host.Evidence;

namespace Passthrough.Host.Kernel;

/// <summary>Reads configuration files line by line: modprobe.d, modules-load.d and those of boot loaders.</summary>
public static class ConfigurationReader
{
    private static readonly string[] BootFiles =
    [
        "/etc/default/grub", "/etc/kernel/cmdline", "/usr/lib/kernel/cmdline", "/etc/kernel/proxmox-boot-uuids",
        "/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", "/boot/syslinux/syslinux.cfg", "/boot/extlinux/extlinux.conf",
        "/boot/cmdline.txt", "/boot/firmware/cmdline.txt",
    ];

    private static readonly (string Folder, string Ending)[] BootFolders =
    [
        ("/etc/default/grub.d", ".cfg"), ("/etc/kernel/cmdline.d", ".conf"), ("/boot/loader/entries", ".conf"),
        ("/boot/efi/loader/entries", ".conf"), ("/efi/loader/entries", ".conf"),
    ];

    /// <summary>modprobe.d (modprobe.d(5)), modules-load.d (modules-load.d(5)) and /etc/modules.</summary>
    public static IReadOnlyList<ConfigurationFile> ReadModuleConfiguration(IEvidence evidence)
    {
        var files = new List<ConfigurationFile>();
        AddLayered(evidence, files, "modprobe.d");
        AddLayered(evidence, files, "modules-load.d");
        AddFile(evidence, files, "/etc/modules");
        return files;
    }

    /// <summary>The boot-loader files that are there, also those that may not be read.</summary>
    public static IReadOnlyList<ConfigurationFile> ReadBootLoader(IEvidence evidence)
    {
        var files = new List<ConfigurationFile>();
        foreach (string path in BootFiles)
        {
            AddFile(evidence, files, path);
        }

        foreach ((string folder, string ending) in BootFolders)
        {
            foreach (string name in Names(evidence, folder, ending))
            {
                AddFile(evidence, files, folder + "/" + name, isListed: true);
            }
        }

        // Some distributions keep the real grub.cfg in their own folder of the EFI partition.
        foreach (string name in evidence.List("/boot/efi/EFI").Or([])!)
        {
            AddFile(evidence, files, "/boot/efi/EFI/" + name + "/grub.cfg");
        }

        return files;
    }

    /// <summary>Lines without their ends; the empty text has no line.</summary>
    public static IReadOnlyList<string> Lines(string text)
    {
        if (text.Length == 0)
        {
            return [];
        }

        string[] lines = text.Split('\n');
        int count = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        return [.. lines.Take(count).Select(line => line.TrimEnd('\r'))];
    }

    // A file name in an earlier folder masks the same name in a later one, so the masked file is not in force.
    private static void AddLayered(IEvidence evidence, List<ConfigurationFile> files, string kind)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string root in (string[])["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"])
        {
            string folder = root + "/" + kind;
            Reading<IReadOnlyList<string>> names = evidence.List(folder);
            if (!names.IsKnown && !names.IsAbsent)
            {
                // What the folder holds is not known: it stands for its files.
                files.Add(new ConfigurationFile(folder, Reading.Missing<IReadOnlyList<string>>(names.Outcome, folder, names.Why)));
            }

            foreach (string name in names.Or([])!.Where(name => name.EndsWith(".conf", StringComparison.Ordinal)))
            {
                if (seen.Add(name))
                {
                    AddFile(evidence, files, folder + "/" + name, isListed: true);
                }
            }
        }
    }

    private static IEnumerable<string> Names(IEvidence evidence, string folder, string ending) =>
        evidence.List(folder).Or([])!.Where(name => name.EndsWith(ending, StringComparison.Ordinal));

    private static void AddFile(IEvidence evidence, List<ConfigurationFile> files, string path, bool isListed = false)
    {
        Answer answer = evidence.Ask(Question.Read(path));
        if (answer.IsFound)
        {
            files.Add(new ConfigurationFile(path, Reading.Of(Lines(answer.Text), path)));
        }
        else if (isListed || answer.Outcome is not (Outcome.Absent or Outcome.NotRecorded))
        {
            files.Add(new ConfigurationFile(path, Reading.Missing<IReadOnlyList<string>>(answer.Outcome, path, answer.Why)));
        }
    }
}
