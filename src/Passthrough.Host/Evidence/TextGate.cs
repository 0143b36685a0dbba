using System.Buffers;
using System.Text.Unicode;

namespace Passthrough.Host.Evidence;

/// <summary>
/// Stands between what was recorded and the readers of text: an answer that should be text and holds bytes that no text holds
/// (NUL and other control bytes, invalid UTF-8) becomes a failed read. Without it a broken file would parse as "holds none of
/// what was looked for", and a verdict would rest on evidence that nobody could read. The recorder behind it keeps the bytes.
/// </summary>
/// <remarks>
/// Let through unseen: what is binary by nature (config space, firmware tables, packed files), what ends its strings with NUL
/// (device tree, a process's arguments), pci.ids (names alone), and kernel logs, whose reader decides line by line.
/// </remarks>
public sealed class TextGate(IEvidence inner) : IEvidence
{
    // Tab, line feed, vertical tab, form feed and carriage return are white space of text files.
    private static readonly SearchValues<byte> Broken =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Where(value => value is < '\t' or > '\r').Append(0x7f).Select(value => (byte)value)]);

    private static readonly string[] BinaryFolders =
        ["/sys/firmware/", "/proc/device-tree/", "/dev/", "/var/log/", "/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"];

    private static readonly string[] BinaryEndings = [".gz", ".xz", ".zst", ".img", ".bin", ".efi"];

    /// <inheritdoc />
    public SourceKind Kind => inner.Kind;

    /// <inheritdoc />
    public string DisplayName => inner.DisplayName;

    /// <summary>True when the bytes are text: valid UTF-8 without control bytes other than white space.</summary>
    public static bool IsText(ReadOnlySpan<byte> content) => !content.ContainsAny(Broken) && Utf8.IsValid(content);

    /// <summary>The answer as readers of text may take it.</summary>
    public static Answer Sieve(Question question, Answer answer) =>
        !answer.IsFound || answer.IsCleanListing || IsBinary(question) || IsText(answer.Content.Span) ? answer : Answer.Failed("it holds bytes that are no text");

    /// <inheritdoc />
    public Answer Ask(Question question) => Sieve(question, inner.Ask(question));

    private static bool IsBinary(Question question)
    {
        if (question.Verb != Verb.Read)
        {
            return question.Verb == Verb.Query && question.Path.StartsWith(Queries.PciNamesPrefix, StringComparison.Ordinal);
        }

        string path = question.Path;
        return StartsWithOneOf(path, BinaryFolders)
            || (path.EndsWith("/config", StringComparison.Ordinal) && path.StartsWith("/sys/", StringComparison.Ordinal))
            || EndsWithOneOf(path, BinaryEndings)
            || path == "/dmesg"
            || (path.StartsWith("/proc/", StringComparison.Ordinal) && path.Length > 6 && char.IsAsciiDigit(path[6])
                && (path.EndsWith("/cmdline", StringComparison.Ordinal) || path.EndsWith("/environ", StringComparison.Ordinal)));
    }

    // Asked for every file: a function object for each would be most of what a small run allocates.
    private static bool StartsWithOneOf(string path, string[] starts)
    {
        foreach (string start in starts)
        {
            if (path.StartsWith(start, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static bool EndsWithOneOf(string path, string[] ends)
    {
        foreach (string end in ends)
        {
            if (path.EndsWith(end, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
