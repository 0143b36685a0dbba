using Passthrough.Host.Boot;
using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;

namespace Passthrough.Host.Kernel;

/// <summary>Reads the running kernel: release, command line, configuration, modules, boot loader, security state.</summary>
public static class KernelReader
{
    private const string VersionPath = "/proc/version";
    private const string VersionStart = "Linux version ";

    /// <summary>Reads everything about the kernel; the log answers where /proc does not.</summary>
    public static KernelInfo Read(IEvidence evidence, KernelLog log)
    {
        Reading<string> release = ReadRelease(evidence, log);
        string? known = release.Or(null);
        var unreadModules = new List<Reading<string>>();
        var unreadBoot = new List<Reading<string>>();
        var unreadOverrides = new List<Reading<string>>();
        IReadOnlyList<ConfigurationFile> bootFiles = ConfigurationReader.ReadBootLoader(evidence, unreadBoot);
        return new KernelInfo
        {
            Release = release,
            CommandLine = ReadCommandLine(evidence, log),
            Config = KernelConfigReader.Read(evidence, known),
            Modules = ModuleReader.Read(evidence, known),
            ModuleConfiguration = ConfigurationReader.ReadModuleConfiguration(evidence, unreadModules),
            UnreadModuleConfiguration = unreadModules,
            IgnoredModuleFiles = ConfigurationReader.IgnoredModuleFiles(evidence),
            Initramfs = ConfigurationReader.ReadInitramfs(evidence),
            Overrides = ConfigurationReader.ReadOverrides(evidence, unreadOverrides),
            UnreadOverrides = unreadOverrides,
            BootLoader = bootFiles,
            Boot = BootReader.Read(evidence, bootFiles, unreadBoot),
            Tainted = evidence.ReadNumber("/proc/sys/kernel/tainted"),
            Lockdown = evidence.Read<string>("/sys/kernel/security/lockdown", ChosenWord.TryParse),
            DmesgRestrict = evidence.ReadFlag("/proc/sys/kernel/dmesg_restrict"),
        };
    }

    /// <summary>The release in a "Linux version R (…)" text.</summary>
    public static bool TryParseVersion(string text, out string release)
    {
        release = "";
        int start = text.IndexOf(VersionStart, StringComparison.Ordinal);
        if (start < 0)
        {
            return false;
        }

        ReadOnlySpan<char> rest = text.AsSpan(start + VersionStart.Length).TrimStart();
        int end = rest.IndexOfAny(" \t\r\n");
        release = (end < 0 ? rest : rest[..end]).ToString();
        return release.Length > 0;
    }

    private static Reading<string> ReadRelease(IEvidence evidence, KernelLog log)
    {
        Reading<string> own = evidence.Read("/proc/sys/kernel/osrelease", static (string text, out string value) =>
        {
            value = text;
            return text.Length > 0;
        });
        if (own.IsKnown)
        {
            return own;
        }

        Reading<string> version = evidence.Read<string>(VersionPath, TryParseVersion);
        return version.IsKnown ? version
            : log.Content.IsKnown && log.Content.Value!.KernelRelease is { } logged ? Reading.Of(logged, log.Content.Source)
            : own;
    }

    private static Reading<KernelCommandLine> ReadCommandLine(IEvidence evidence, KernelLog log)
    {
        Reading<KernelCommandLine> own = evidence.Read("/proc/cmdline", static (string text, out KernelCommandLine value) =>
        {
            value = CommandLineParser.Parse(text);
            return PlainText.IsPlain(text) && PlainText.LooksLikeCommandLine(value);
        });
        return !own.IsKnown && log.Content.IsKnown && log.Content.Value!.CommandLine is { } logged
            ? Reading.Of(CommandLineParser.Parse(logged), log.Content.Source, logged)
            : own;
    }
}
