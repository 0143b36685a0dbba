namespace Passthrough.Host.Evidence;

/// <summary>
/// Files whose reading acts on the machine. They are answered as withheld, and only when they exist.
/// </summary>
internal static class NeverRead
{
    /// <summary>
    /// Files of debugfs that only show state. Everything else there is withheld: reading some of these files takes a
    /// measurement, empties a buffer or shows what was written before. None is needed today.
    /// </summary>
    private static readonly string[] AllowedDebugFiles = [];

    /// <summary>
    /// Attributes that the kernel answers from the config space of the function: since Linux 6.18 the link and bus number
    /// files resume what is suspended first, as config always did (drivers/pci/pci-sysfs.c, pci_config_pm_runtime_get).
    /// </summary>
    private static readonly string[] ConfigBacked =
    [
        "config", "current_link_speed", "current_link_width", "max_link_speed", "max_link_width",
        "secondary_bus_number", "subordinate_bus_number",
    ];

    /// <summary>The reason to withhold a read of this path, or null when it may be read.</summary>
    public static string? Reason(string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        if (path.StartsWith("/dev/", StringComparison.Ordinal))
        {
            return path == "/dev/kmsg" ? null : "opening a device node may act on the device";
        }

        if (path.StartsWith("/proc/", StringComparison.Ordinal))
        {
            return path switch
            {
                "/proc/kmsg" => "reading it takes the messages away from the system log",
                "/proc/kcore" => "it is the machine's memory",
                _ => null,
            };
        }

        if (!path.StartsWith("/sys/", StringComparison.Ordinal))
        {
            return null;
        }

        if (path.StartsWith("/sys/kernel/debug/", StringComparison.Ordinal)
            || path.StartsWith("/sys/kernel/tracing/", StringComparison.Ordinal))
        {
            return AllowedDebugFiles.Contains(path) ? null : "reading debugfs files may act on the machine";
        }

        return name switch
        {
            "rom" => "reading it makes the device decode its expansion ROM",
            "vpd" => "reading vital product data is slow and hangs some devices",
            "remove" or "rescan" or "reset" => "it is a command, not a value",
            _ => IsResourceWindow(name) ? "it is a window onto the device's registers" : null,
        };
    }

    /// <summary>True when reading this attribute of a PCI function reads its config space.</summary>
    public static bool IsConfigBacked(string path) =>
        path.StartsWith("/sys/", StringComparison.Ordinal) && ConfigBacked.Contains(path[(path.LastIndexOf('/') + 1)..]);

    /// <summary>resource0 … resource5, with or without _wc.</summary>
    public static bool IsResourceWindow(string name) =>
        name.StartsWith("resource", StringComparison.Ordinal) && name.Length >= 9 && char.IsAsciiDigit(name[8])
        && (name.Length == 9 || name[9..] == "_wc");
}
