using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Bundles;

/// <summary>Writes a transcript as a bundle. The same transcript, info and members give the same bytes.</summary>
public static class BundleWriter
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Readable = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>
    /// Writes a bundle file, packed as its name says (.tar.zst, .tar.gz or .tar): into a temporary file beside it that only the owner can read,
    /// flushed to the disk and then renamed, so that a reader sees the whole bundle or none.
    /// </summary>
    /// <exception cref="EvidenceException">The file cannot be written there.</exception>
    public static void Write(string path, Recorder transcript, BundleInfo info, IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? members = null)
    {
        BundleCompression compression = CompressionOf(path);
        BundleFile.Replace(path, stream => Write(stream, transcript, info, members, compression));
    }

    /// <summary>Writes a bundle to a stream and leaves the stream open.</summary>
    public static void Write(Stream output, Recorder transcript, BundleInfo info, IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? members = null,
        BundleCompression compression = BundleCompression.Zstandard)
    {
        IReadOnlyList<KeyValuePair<Question, Answer>> answers = transcript.Transcript;
        var tree = new BundleTree(answers);
        var tool = new BundleTool("ptdiag", info.ToolVersion);
        var index = new BundleIndex
        {
            Schema = BundleFormat.IndexSchema,
            Tool = tool,
            Answers = [.. answers.Select(entry => Describe(entry.Key, entry.Value, tree))],
        };
        var contents = new List<(string Name, ReadOnlyMemory<byte> Content)>
        {
            (BundleFormat.ReadmeName, Encoding.UTF8.GetBytes(Readme)),
            (BundleFormat.IndexName, JsonSerializer.SerializeToUtf8Bytes(index, BundleIndexJson.Default.BundleIndex)),
        };
        foreach ((string name, ReadOnlyMemory<byte> content) in (members ?? new Dictionary<string, ReadOnlyMemory<byte>>())
            .OrderBy(member => member.Key, StringComparer.Ordinal))
        {
            contents.Add((Additional(name), content));
        }

        contents.AddRange(tree.Files.Select(file => (file.Key, file.Value.Content)));
        var manifest = new BundleManifest
        {
            Schema = BundleFormat.ManifestSchema,
            Format = BundleFormat.Number,
            Tool = tool,
            Created = info.Created.ToUniversalTime(),
            Source = BundleWords.Of(transcript.Kind),
            Members = [.. contents.Select(member => new BundleMember(member.Name,
                Convert.ToHexStringLower(SHA256.HashData(member.Content.Span)), member.Content.Length))],
        };
        RefuseTooLarge(manifest);
        contents.Insert(0, (BundleFormat.ManifestName,
            JsonSerializer.SerializeToUtf8Bytes(manifest, BundleManifestJson.Default.BundleManifest)));

        using Stream packed = Pack(output, compression);
        using var archive = new TarWriter(packed, TarEntryFormat.Gnu, leaveOpen: true);
        foreach ((string name, ReadOnlyMemory<byte> content) in contents)
        {
            archive.WriteEntry(Stamp(new GnuTarEntry(TarEntryType.RegularFile, name) { DataStream = AsStream(content) }, info, Readable));
        }

        foreach ((string name, string target) in tree.Links)
        {
            archive.WriteEntry(Stamp(new GnuTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target }, info, Readable));
        }
    }

    /// <summary>How a file of this name is packed.</summary>
    /// <exception cref="EvidenceException">The name's ending is none of a bundle.</exception>
    internal static BundleCompression CompressionOf(string path) =>
        path.EndsWith(".tar.zst", StringComparison.Ordinal) || path.EndsWith(".tzst", StringComparison.Ordinal) ? BundleCompression.Zstandard
        : path.EndsWith(".tar.gz", StringComparison.Ordinal) || path.EndsWith(".tgz", StringComparison.Ordinal) ? BundleCompression.Gzip
        : path.EndsWith(".tar", StringComparison.Ordinal) ? BundleCompression.None
        : throw new EvidenceException($"{path} does not say how to pack the bundle: end its name in .tar.zst, .tar.gz or .tar.");

    private static BundleAnswer Describe(Question question, Answer answer, BundleTree tree)
    {
        string? member = tree.NameOf(question);
        bool isInline = member is null && (answer.IsFound || answer.Content.Length > 0);
        string? text = isInline ? StrictText(answer.Content.Span) : null;
        return new BundleAnswer
        {
            Verb = BundleWords.Of(question.Verb),
            Path = question.Path,
            Outcome = BundleWords.Of(answer.Outcome),
            Why = answer.Why,
            Member = member,
            Text = text,
            Base64 = isInline && text is null ? Convert.ToBase64String(answer.Content.Span) : null,
        };
    }

    /// <summary>The content as text when that gives back the same bytes, else null.</summary>
    private static string? StrictText(ReadOnlySpan<byte> content) =>
        System.Text.Unicode.Utf8.IsValid(content) ? Encoding.UTF8.GetString(content) : null;

    private static string Additional(string name)
    {
        bool isPlain = name.Length is > 0 and < 100 && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_')
            && name[0] != '.';
        return isPlain && name is not (BundleFormat.ManifestName or BundleFormat.IndexName or BundleFormat.ReadmeName or BundleFormat.RootFolder)
            ? name
            : throw new ArgumentException($"'{name}' cannot be the name of an additional member of a bundle");
    }

    private static void RefuseTooLarge(BundleManifest manifest)
    {
        // What the reader would refuse must not be written.
        if (manifest.Members.FirstOrDefault(member => member.SizeBytes > BundleFormat.MaximumMemberBytes) is { } large)
        {
            throw new EvidenceException($"The bundle is not written: its member {large.Name} would be larger than 256 MiB.");
        }

        if (manifest.Members.Sum(member => member.SizeBytes) > BundleFormat.MaximumTotalBytes)
        {
            throw new EvidenceException("The bundle is not written: its members would be larger than 1 GiB together.");
        }
    }

    private static Stream Pack(Stream output, BundleCompression compression) => compression switch
    {
        BundleCompression.Gzip => new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true),
        BundleCompression.Zstandard => new ZstdSharp.CompressionStream(output, level: 9, leaveOpen: true),
        _ => new BufferedStream(new LeaveOpenStream(output)),
    };

    private static GnuTarEntry Stamp(GnuTarEntry entry, BundleInfo info, UnixFileMode mode)
    {
        // A tar time has no fraction; the other two times of the format would be the writer's clock.
        DateTimeOffset time = DateTimeOffset.FromUnixTimeSeconds(Math.Max(0, info.Created.ToUnixTimeSeconds()));
        entry.ModificationTime = time;
        entry.AccessTime = time;
        entry.ChangeTime = time;
        entry.Mode = mode;
        return entry;
    }

    private static MemoryStream AsStream(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out ArraySegment<byte> segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);

    private const string Readme = """
        This is a ptdiag bundle: what one machine answered when its PCI passthrough set-up was looked at.

        manifest.json   format, tool version, time, and the SHA-256 of every other file
        index.json      every question that was asked, with its outcome: found, absent, denied, failed,
                        withheld (asking would have disturbed the machine) or notRecorded
        root/           the files that were found, at their places; names with odd characters are written with %HH
        other files     the findings and reports made on the machine, where they were added

        The index is what counts; the tree is there for reading and searching.
        Look at it with:    ptdiag check --bundle FILE
        Check its hashes:   ptdiag bundle show FILE

        """;
}
