using Passthrough.Host.Boot;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Kernel;

/// <summary>The kernel: release, command line, configuration, modules, parameters, boot loader, security state.</summary>
public sealed record KernelInfo
{
    /// <summary>/proc/sys/kernel/osrelease, else from /proc/version or the log.</summary>
    public required Reading<string> Release { get; init; }

    /// <summary>Command line of the running kernel (/proc/cmdline; else the log's "Command line:").</summary>
    public required Reading<KernelCommandLine> CommandLine { get; init; }

    /// <summary>Build configuration.</summary>
    public required KernelConfig Config { get; init; }

    /// <summary>Modules and parameters.</summary>
    public required ModuleState Modules { get; init; }

    /// <summary>modprobe.d and modules-load.d lines.</summary>
    public required IReadOnlyList<ConfigurationFile> ModuleConfiguration { get; init; }

    /// <summary>Boot-loader files that were found (grub defaults, BLS entries, /etc/kernel/cmdline …).</summary>
    public required IReadOnlyList<ConfigurationFile> BootLoader { get; init; }

    /// <summary>Places of modprobe.d and modules-load.d that may hold more and could not be read; null when nobody looked.</summary>
    public IReadOnlyList<Reading<string>>? UnreadModuleConfiguration { get; init; }

    /// <summary>Files in /etc/modprobe.d that modprobe passes over because their names do not end in ".conf".</summary>
    public IReadOnlyList<string> IgnoredModuleFiles { get; init; } = [];

    /// <summary>Configuration of the tools that build the initramfs.</summary>
    public IReadOnlyList<ConfigurationFile> Initramfs { get; init; } = [];

    /// <summary>Files of /etc/driverctl.d, and rules of udev that set a driver_override.</summary>
    public IReadOnlyList<ConfigurationFile> Overrides { get; init; } = [];

    /// <summary>Places that may hold more overrides and could not be read; null when nobody looked.</summary>
    public IReadOnlyList<Reading<string>>? UnreadOverrides { get; init; }

    /// <summary>What the next boot's command line is made of; null when nobody looked.</summary>
    public BootInfo? Boot { get; init; }

    /// <summary>/proc/sys/kernel/tainted bits.</summary>
    public required Reading<long> Tainted { get; init; }

    /// <summary>Chosen word of /sys/kernel/security/lockdown: none, integrity, confidentiality.</summary>
    public required Reading<string> Lockdown { get; init; }

    /// <summary>/proc/sys/kernel/dmesg_restrict.</summary>
    public required Reading<bool> DmesgRestrict { get; init; }
}

/// <summary>The command line as tokens, quotes respected. A token is a name and, after the first '=', a value.</summary>
/// <param name="Text">The whole line.</param>
/// <param name="Tokens">Tokens before a lone <c>--</c> (what follows it belongs to init).</param>
public sealed record KernelCommandLine(string Text, IReadOnlyList<CommandLineToken> Tokens)
{
    /// <summary>All tokens of a name, in order; '-' and '_' are the same in parameter names.</summary>
    public IEnumerable<CommandLineToken> Named(string name) => Tokens.Where(token => token.Is(name));

    /// <summary>All comma-separated options of all tokens of a name, in order ("intel_iommu=on,sm_on" gives two).</summary>
    public IEnumerable<string> Options(string name) =>
        Named(name).SelectMany(token => token.Value is null ? [] : token.Value.Split(','));
}

/// <summary>One token; <paramref name="Value"/> is null without '='.</summary>
public sealed record CommandLineToken(string Text, string Name, string? Value)
{
    /// <summary>Name equality with '-' and '_' alike, as the kernel's parameq does.</summary>
    public bool Is(string name) =>
        Name.Replace('-', '_').Equals(name.Replace('-', '_'), StringComparison.Ordinal);
}

/// <summary>Kernel build configuration.</summary>
/// <param name="Values">Symbol (with CONFIG_) to value: y, m, n ("is not set"), a string or a number; the reading names the file used or why none.</param>
public sealed record KernelConfig(Reading<IReadOnlyDictionary<string, string>> Values)
{
    /// <summary>The value of a symbol ("INTEL_IOMMU", without CONFIG_): "n" when the file is there and the symbol is not; null when no file was read.</summary>
    public string? this[string symbol] => Values.IsKnown
        ? Values.Value!.TryGetValue("CONFIG_" + symbol, out string? value) ? value : "n"
        : null;

    /// <summary>y or m; null when not known.</summary>
    public bool? Has(string symbol) => this[symbol] is { } value ? value is "y" or "m" : null;
}

/// <summary>Modules. Names use '_' throughout.</summary>
public sealed record ModuleState
{
    /// <summary>Loaded modules (/proc/modules).</summary>
    public required Reading<IReadOnlySet<string>> Loaded { get; init; }

    /// <summary>Built-in modules (modules.builtin of the running release).</summary>
    public required Reading<IReadOnlySet<string>> BuiltIn { get; init; }

    /// <summary>Loadable modules (modules.dep of the running release).</summary>
    public required Reading<IReadOnlySet<string>> Loadable { get; init; }

    /// <summary>Kernel releases that have a folder of modules (/lib/modules).</summary>
    public Reading<IReadOnlyList<string>> Releases { get; init; } = Reading.Missing<IReadOnlyList<string>>(Outcome.NotRecorded, "/lib/modules");

    /// <summary>Entries of /sys/module that exist among those asked (loaded, or built in with parameters).</summary>
    public required IReadOnlySet<string> InSysfs { get; init; }

    /// <summary>Parameters of the modules that the checks need, key <c>module/parameter</c>.</summary>
    public required IReadOnlyDictionary<string, Reading<string>> Parameters { get; init; }

    /// <summary>Modules whose folder of parameters could not be listed, and how that went.</summary>
    public IReadOnlyDictionary<string, Outcome> UnseenParameters { get; init; } = new Dictionary<string, Outcome>();

    /// <summary>
    /// A parameter's reading. Absent when /sys/module was listed and the module is not in it (not loaded, and not built in
    /// with parameters); NotRecorded when nothing is known.
    /// </summary>
    public Reading<string> Parameter(string module, string name)
    {
        if (Parameters.TryGetValue(module + "/" + name, out Reading<string> value))
        {
            return value;
        }

        if (UnseenParameters.TryGetValue(module, out Outcome unseen))
        {
            return Reading.Missing<string>(unseen, $"/sys/module/{module}/parameters/{name}");
        }

        Outcome outcome = InSysfs.Count > 0 ? Outcome.Absent : Outcome.NotRecorded;
        return Reading.Missing<string>(outcome, $"/sys/module/{module}/parameters/{name}");
    }

    /// <summary>Where a module stands.</summary>
    public ModulePresence Presence(string name)
    {
        name = name.Replace('-', '_');
        if ((Loaded.IsKnown && Loaded.Value!.Contains(name)) || InSysfs.Contains(name))
        {
            return BuiltIn.IsKnown && BuiltIn.Value!.Contains(name) ? ModulePresence.BuiltIn : ModulePresence.Loaded;
        }

        if (BuiltIn.IsKnown && BuiltIn.Value!.Contains(name))
        {
            return ModulePresence.BuiltIn;
        }

        if (Loadable.IsKnown && Loadable.Value!.Contains(name))
        {
            return ModulePresence.Loadable;
        }

        return Loaded.IsKnown && BuiltIn.IsKnown && Loadable.IsKnown ? ModulePresence.Missing : ModulePresence.Unknown;
    }
}

/// <summary>Where a module stands.</summary>
public enum ModulePresence
{
    /// <summary>The evidence does not tell.</summary>
    Unknown,

    /// <summary>Neither loaded, built in nor loadable.</summary>
    Missing,

    /// <summary>Can be loaded.</summary>
    Loadable,

    /// <summary>Loaded now.</summary>
    Loaded,

    /// <summary>Part of the kernel.</summary>
    BuiltIn,
}

/// <summary>A configuration file that was read, line by line, comments kept.</summary>
/// <param name="Path">Where.</param>
/// <param name="Lines">Lines without their ends; the reading says why there are none.</param>
public sealed record ConfigurationFile(string Path, Reading<IReadOnlyList<string>> Lines);
