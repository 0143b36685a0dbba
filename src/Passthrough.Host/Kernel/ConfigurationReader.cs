using Passthrough.Host.Evidence;

namespace Passthrough.Host.Kernel;

/// <summary>Reads configuration files line by line: modprobe.d, modules-load.d and those of boot loaders.</summary>
public static class ConfigurationReader
{
    private static readonly string[] BootFiles =
    [
        "/etc/default/grub", "/etc/kernel/cmdline", "/usr/lib/kernel/cmdline", "/etc/kernel/proxmox-boot-uuids",
        "/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", "/boot/syslinux/syslinux.cfg", "/boot/extlinux/extlinux.conf",
        "/boot/cmdline.txt", "/boot/firmware/cmdline.txt", "/boot/grub2/grubenv", "/boot/grub/grubenv", "/etc/kernelstub/configuration",
    ];

    private static readonly string[] InitramfsFiles =
        ["/etc/initramfs-tools/modules", "/etc/mkinitcpio.conf", "/etc/dracut.conf", "/etc/booster.yaml"];

    private static readonly (string Folder, string Ending)[] InitramfsFolders =
        [("/etc/dracut.conf.d", ".conf"), ("/etc/mkinitcpio.conf.d", ".conf"), ("/etc/initramfs-tools/conf.d", "")];

    private static readonly (string Folder, string Ending)[] BootFolders =
    [
        ("/etc/default/grub.d", ".cfg"), ("/etc/kernel/cmdline.d", ".conf"), ("/boot/loader/entries", ".conf"),
        ("/boot/efi/loader/entries", ".conf"), ("/efi/loader/entries", ".conf"),
    ];

    /// <summary>modprobe.d (modprobe.d(5)), modules-load.d (modules-load.d(5)) and /etc/modules.</summary>
    public static IReadOnlyList<ConfigurationFile> ReadModuleConfiguration(IEvidence evidence) => ReadModuleConfiguration(evidence, []);

    /// <summary>The same; what may hold more and could not be read goes to <paramref name="unread"/>.</summary>
    public static IReadOnlyList<ConfigurationFile> ReadModuleConfiguration(IEvidence evidence, ICollection<Reading<string>> unread)
    {
        var files = new List<ConfigurationFile>();
        AddLayered(evidence, files, unread, "modprobe.d");
        AddLayered(evidence, files, unread, "modules-load.d");
        AddFile(evidence, files, unread, "/etc/modules");
        return files;
    }

    /// <summary>What the tools that build the initramfs are told: initramfs-tools, dracut, mkinitcpio, booster.</summary>
    public static IReadOnlyList<ConfigurationFile> ReadInitramfs(IEvidence evidence)
    {
        var files = new List<ConfigurationFile>();
        foreach (string path in InitramfsFiles)
        {
            AddFile(evidence, files, [], path);
        }

        foreach ((string folder, string ending) in InitramfsFolders)
        {
            foreach (string name in Names(evidence, [], folder, ending))
            {
                AddFile(evidence, files, [], folder + "/" + name);
            }
        }

        return files;
    }

    /// <summary>
    /// Rules of udev that set a driver_override, and the folder in which driverctl keeps its overrides, one file a function;
    /// what may hold more and could not be read goes to <paramref name="unread"/>.
    /// </summary>
    public static IReadOnlyList<ConfigurationFile> ReadOverrides(IEvidence evidence, ICollection<Reading<string>> unread)
    {
        var files = new List<ConfigurationFile>();
        foreach (string name in Names(evidence, unread, "/etc/udev/rules.d", ".rules"))
        {
            AddFile(evidence, files, unread, "/etc/udev/rules.d/" + name, isListed: true);
        }

        files.RemoveAll(file => file.Lines.IsKnown && !file.Lines.Value!.Any(line => line.Contains("driver_override", StringComparison.Ordinal)));
        foreach (string name in Names(evidence, unread, "/etc/driverctl.d", ""))
        {
            AddFile(evidence, files, unread, "/etc/driverctl.d/" + name, isListed: true);
        }

        return files;
    }

    /// <summary>Names in /etc/modprobe.d that modprobe passes over because they do not end in ".conf".</summary>
    public static IReadOnlyList<string> IgnoredModuleFiles(IEvidence evidence) => [.. evidence.List("/etc/modprobe.d").Or([])!
        .Where(name => !name.EndsWith(".conf", StringComparison.Ordinal)).Select(name => "/etc/modprobe.d/" + name)];

    /// <summary>The boot-loader files that are there, also those that may not be read.</summary>
    public static IReadOnlyList<ConfigurationFile> ReadBootLoader(IEvidence evidence) => ReadBootLoader(evidence, []);

    /// <summary>The same; what may hold more and could not be listed or was not recorded goes to <paramref name="unread"/>.</summary>
    public static IReadOnlyList<ConfigurationFile> ReadBootLoader(IEvidence evidence, ICollection<Reading<string>> unread)
    {
        var files = new List<ConfigurationFile>();
        foreach (string path in BootFiles)
        {
            AddFile(evidence, files, unread, path);
        }

        foreach ((string folder, string ending) in BootFolders)
        {
            foreach (string name in Names(evidence, unread, folder, ending))
            {
                AddFile(evidence, files, unread, folder + "/" + name, isListed: true);
            }
        }

        // Some distributions keep the real grub.cfg in their own folder of the EFI partition.
        foreach (string name in Names(evidence, unread, "/boot/efi/EFI", ""))
        {
            AddFile(evidence, files, unread, "/boot/efi/EFI/" + name + "/grub.cfg");
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
    private static void AddLayered(IEvidence evidence, List<ConfigurationFile> files, ICollection<Reading<string>> unread, string kind)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string root in (string[])["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"])
        {
            string folder = root + "/" + kind;
            int before = unread.Count;
            string[] names = [.. Names(evidence, unread, folder, ".conf")];
            if (unread.Count > before)
            {
                // What the folder holds is not known: it stands for its files.
                Reading<string> hole = unread.Last();
                files.Add(new ConfigurationFile(folder, Reading.Missing<IReadOnlyList<string>>(hole.Outcome, folder, hole.Why)));
            }

            foreach (string name in names)
            {
                if (seen.Add(name))
                {
                    AddFile(evidence, files, unread, folder + "/" + name, isListed: true);
                }
            }
        }
    }

    private static IEnumerable<string> Names(IEvidence evidence, ICollection<Reading<string>> unread, string folder, string ending)
    {
        Reading<IReadOnlyList<string>> names = evidence.List(folder);
        bool isStrange = names.Or([])!.Any(name => !PlainText.IsPlain(name));
        if (isStrange || (!names.IsKnown && !names.IsAbsent))
        {
            unread.Add(isStrange ? Reading.Failed<string>(folder, "it lists names that are no text") : Reading.Missing<string>(names.Outcome, folder, names.Why));
        }

        return names.Or([])!.Where(name => name.EndsWith(ending, StringComparison.Ordinal));
    }

    // Every command of modprobe.d has at least one word behind it.
    private static bool LooksLikeModprobe(string text) => string.IsNullOrWhiteSpace(text)
        || text.Split('\n').Any(line => line.TrimStart().StartsWith('#') || line.Trim().IndexOfAny([' ', '\t']) > 0);

    // A file that its folder lists and that cannot be found is a hole in the capture, not an absent file.
    private static void AddFile(IEvidence evidence, List<ConfigurationFile> files, ICollection<Reading<string>> unread, string path, bool isListed = false)
    {
        Answer answer = evidence.Ask(Question.Read(path));
        bool isStrange = answer.IsFound && path.Contains("/modprobe.d/", StringComparison.Ordinal) && !LooksLikeModprobe(answer.Text);
        if (answer.IsFound && PlainText.IsPlain(answer.Text) && !isStrange)
        {
            files.Add(new ConfigurationFile(path, Reading.Of(Lines(answer.Text), path)));
        }
        else if (answer.IsFound)
        {
            files.Add(new ConfigurationFile(path, Reading.Failed<IReadOnlyList<string>>(path, "it is no plain text")));
            unread.Add(Reading.Failed<string>(path, "it is no plain text"));
        }
        else if (answer.Outcome == Outcome.NotRecorded || (answer.Outcome == Outcome.Absent && isListed))
        {
            unread.Add(Reading.Missing<string>(Outcome.NotRecorded, path, answer.Why));
            if (isListed)
            {
                files.Add(new ConfigurationFile(path, Reading.Missing<IReadOnlyList<string>>(Outcome.NotRecorded, path, answer.Why)));
            }
        }
        else if (answer.Outcome != Outcome.Absent)
        {
            files.Add(new ConfigurationFile(path, Reading.Missing<IReadOnlyList<string>>(answer.Outcome, path, answer.Why)));
            unread.Add(Reading.Missing<string>(answer.Outcome, path, answer.Why));
        }
    }
}
