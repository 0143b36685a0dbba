using System.Text;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;

namespace Passthrough.Host.Boot;

/// <summary>Makes command lines of the boot-loader files that were read, and asks which loader said that it booted.</summary>
public static class BootReader
{
    private const string LoaderVariable = "/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

    /// <summary>Reads what the next boot is made of.</summary>
    /// <param name="evidence">Where the loader's EFI variable is asked for.</param>
    /// <param name="files">The boot-loader files, in the order that <see cref="ConfigurationReader"/> reads them.</param>
    /// <param name="unread">What it could not read.</param>
    public static BootInfo Read(IEvidence evidence, IReadOnlyList<ConfigurationFile> files, IReadOnlyList<Reading<string>> unread)
    {
        ConfigurationFile[] known = [.. files.Where(file => file.Lines.IsKnown && !IsStrangeEnvironment(file))];

        // grubenv matters only where an entry refers to a variable of it.
        bool refers = known.Any(file => file.Path.Contains("/loader/entries/", StringComparison.Ordinal) && file.Lines.Value!.Any(line => line.Contains('$', StringComparison.Ordinal)));
        var missing = new List<Reading<string>>(unread.Where(item => refers || !item.Source.EndsWith("/grubenv", StringComparison.Ordinal)));
        missing.AddRange(files.Where(file => refers && file.Lines.IsKnown && IsStrangeEnvironment(file))
            .Select(file => Reading.Failed<string>(file.Path, "it is no environment block of GRUB")));
        var lines = new List<StagedLine>();
        AddGrubDefaults(known, lines, missing);
        foreach (ConfigurationFile file in known.Where(file => file.Path.EndsWith("/grub.cfg", StringComparison.Ordinal)))
        {
            AddGrubConfig(file, known, lines, missing);
        }

        foreach (ConfigurationFile file in known.Where(file => file.Path.Contains("/loader/entries/", StringComparison.Ordinal)))
        {
            AddEntry(file, known, lines, missing);
        }

        foreach (ConfigurationFile file in known.Where(file => file.Path is "/etc/kernel/cmdline" or "/usr/lib/kernel/cmdline"
            || file.Path.StartsWith("/etc/kernel/cmdline.d/", StringComparison.Ordinal)))
        {
            StagedLine line = Plain(file);
            Add(lines, missing, file, PlainText.LooksLikeCommandLine(Joined(line)) ? line : null, "it is no command line");
        }

        if (known.FirstOrDefault(file => file.Path == "/etc/kernelstub/configuration") is { } kernelstub)
        {
            Add(lines, missing, kernelstub, KernelstubParser.Parse(kernelstub), "it is no configuration of kernelstub");
        }

        return new BootInfo
        {
            LoaderInfo = ReadLoader(evidence),
            Lines = lines,
            Unread = missing,
            UsesProxmoxBootTool = known.Any(file => file.Path == "/etc/kernel/proxmox-boot-uuids"),
        };
    }

    /// <summary>The text of an EFI variable: four bytes of attributes, then UTF-16 with a final zero.</summary>
    public static bool TryParseVariable(ReadOnlySpan<byte> bytes, out string text)
    {
        text = bytes.Length >= 6 && bytes.Length % 2 == 0 ? Encoding.Unicode.GetString(bytes[4..]).TrimEnd('\0') : "";
        return text.Length > 0 && PlainText.IsPlain(text);
    }

    private static bool IsStrangeEnvironment(ConfigurationFile file) => file.Path.EndsWith("/grubenv", StringComparison.Ordinal)
        && !(file.Lines.Value is [var first, ..] && first.StartsWith("# GRUB Environment Block", StringComparison.Ordinal));

    private static Reading<string> ReadLoader(IEvidence evidence)
    {
        Answer answer = evidence.Ask(Question.Read(LoaderVariable));
        return !answer.IsFound ? Reading.Missing<string>(answer.Outcome, LoaderVariable, answer.Why)
            : TryParseVariable(answer.Content.Span, out string text) ? Reading.Of(text, LoaderVariable, text)
            : Reading.Failed<string>(LoaderVariable, "it holds no text");
    }

    private static void AddGrubDefaults(ConfigurationFile[] known, List<StagedLine> lines, List<Reading<string>> missing)
    {
        ConfigurationFile[] files = [.. known.Where(file => file.Path.StartsWith("/etc/default/grub", StringComparison.Ordinal))
            .OrderBy(file => file.Path, StringComparer.Ordinal)];
        foreach (ConfigurationFile file in files.Where(file => !GrubDefaultsParser.LooksLikeDefaults(file.Lines.Value!)))
        {
            missing.Add(Reading.Failed<string>(file.Path, "no line of it is a comment or an assignment"));
        }

        if (files.Length > 0)
        {
            Add(lines, missing, files[0], GrubDefaultsParser.Parse(files), "it sets no GRUB_CMDLINE_LINUX");
        }
    }

    private static void AddGrubConfig(ConfigurationFile file, ConfigurationFile[] known, List<StagedLine> lines, List<Reading<string>> missing)
    {
        IReadOnlyList<StagedLine> entries = GrubConfigParser.Parse(file);
        lines.AddRange(entries);

        // The copy on the EFI partition, and that of a GRUB with BLS, only lead to another file.
        IReadOnlyList<string> text = file.Lines.Value!;
        bool leadsOn = text.Any(line => line.TrimStart().StartsWith("configfile", StringComparison.Ordinal)
            || line.TrimStart().StartsWith("blscfg", StringComparison.Ordinal) || line.TrimStart().StartsWith("source", StringComparison.Ordinal));
        if (entries.Count == 0 && !leadsOn && !known.Any(other => other.Path.Contains("/loader/entries/", StringComparison.Ordinal)))
        {
            missing.Add(Reading.Failed<string>(file.Path, "it has no linux line"));
        }
    }

    private static void AddEntry(ConfigurationFile file, ConfigurationFile[] known, List<StagedLine> lines, List<Reading<string>> missing)
    {
        StagedLine? entry = LoaderEntryParser.Parse(file, name => Variable(known, name), out string? unresolved);
        if (unresolved is not null)
        {
            missing.Add(Reading.Missing<string>(Outcome.NotRecorded, file.Path, $"its options refer to ${unresolved}, which neither grubenv nor grub.cfg sets"));
        }
        else
        {
            Add(lines, missing, file, entry, "it names no kernel");
        }
    }

    private static string? Variable(ConfigurationFile[] known, string name)
    {
        foreach (ConfigurationFile file in known.Where(file => file.Path.EndsWith("/grubenv", StringComparison.Ordinal)))
        {
            string start = name + "=";
            if (file.Lines.Value!.FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal)) is { } found)
            {
                return found[start.Length..];
            }
        }

        return name != "kernelopts" ? null : known.Where(file => file.Path.EndsWith("/grub.cfg", StringComparison.Ordinal))
            .Select(file => GrubConfigParser.KernelOptions(file.Lines.Value!)).FirstOrDefault(text => text is not null);
    }

    private static StagedLine Plain(ConfigurationFile file) => new()
    {
        Kind = StagedKind.KernelInstall,
        Path = file.Path,
        Tokens = [.. file.Lines.Value!.SelectMany((line, index) => line.TrimStart().StartsWith('#') ? []
            : CommandLineParser.Parse(line).Tokens.Select(token => new StagedToken(token, file.Path, index + 1)))],
    };

    private static KernelCommandLine Joined(StagedLine line) => new("", [.. line.Tokens.Select(item => item.Token)]);

    private static void Add(List<StagedLine> lines, List<Reading<string>> missing, ConfigurationFile file, StagedLine? line, string why)
    {
        if (line is not null)
        {
            lines.Add(line);
        }
        else
        {
            missing.Add(Reading.Failed<string>(file.Path, why));
        }
    }
}
