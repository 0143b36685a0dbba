using System.CommandLine;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Cli.Verbs;

/// <summary>Options that several verbs take.</summary>
internal static class Shared
{
    /// <summary><c>--root</c>.</summary>
    public static Option<string?> Root() => new("--root") { Description = "Look at a captured tree or a mounted disk instead of this machine.", HelpName = "DIR" };

    /// <summary><c>--bundle</c>.</summary>
    public static Option<string?> Bundle() => new("--bundle") { Description = "Look at a recorded bundle instead of this machine.", HelpName = "FILE" };

    /// <summary><c>--output</c>.</summary>
    public static Option<FileInfo?> Output() => new("--output", "-o") { Description = "Write to a file instead of standard output.", HelpName = "FILE" };

    /// <summary><c>--format</c> with the given words, the first being the default.</summary>
    public static Option<string> Format(params string[] words)
    {
        var option = new Option<string>("--format", "-f") { Description = "How to print.", DefaultValueFactory = _ => words[0] };
        option.AcceptOnlyFromAmong(words);
        return option;
    }

    /// <summary>Addresses: a malformed one is a usage error.</summary>
    public static IReadOnlyList<PciAddress> Addresses(IEnumerable<string>? texts) => [.. (texts ?? []).Select(text =>
        PciAddress.TryParse(text, out PciAddress address)
            ? address
            : throw CliException.Usage($"'{text}' is no PCI address: write it as dddd:bb:dd.f, for example 0000:01:00.0."))];

    /// <summary>Opens the source that the options name.</summary>
    public static IEvidence Open(string? root, string? bundle)
    {
        if (root is not null && bundle is not null)
        {
            throw CliException.Usage("--root and --bundle name two machines: give one of them.");
        }

        return EvidenceSources.Open(root, bundle);
    }
}
