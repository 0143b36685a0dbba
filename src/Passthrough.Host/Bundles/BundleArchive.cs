using System.Formats.Tar;
using System.IO.Compression;

namespace Passthrough.Host.Bundles;

/// <summary>Reads the members of an archive into memory, within the limits of <see cref="BundleFormat"/>.</summary>
internal static class BundleArchive
{
    // Headers of the entries come on top of their contents.
    private const long MaximumStreamBytes = BundleFormat.MaximumTotalBytes + (BundleFormat.MaximumEntries * 2048L);

    /// <summary>The regular files of the archive by name. Links and folders are not followed and not needed.</summary>
    /// <exception cref="InvalidDataException">It is no archive, is damaged or exceeds a limit; the message completes "…: it …".</exception>
    public static Dictionary<string, ReadOnlyMemory<byte>> Read(Stream stream)
    {
        using Stream unpacked = new LimitedStream(Unpack(stream), MaximumStreamBytes);
        using var archive = new TarReader(unpacked);
        var members = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        long total = 0;
        int entries = 0;
        while (archive.GetNextEntry() is { } entry)
        {
            if (++entries > BundleFormat.MaximumEntries)
            {
                throw new InvalidDataException("it has more than 200,000 entries");
            }

            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
            {
                continue;
            }

            string name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            total += entry.Length;
            if (entry.Length > BundleFormat.MaximumMemberBytes || total > BundleFormat.MaximumTotalBytes)
            {
                throw new InvalidDataException("it is larger than a bundle may be (256 MiB a member, 1 GiB in all)");
            }

            if (!members.TryAdd(name, Content(entry)))
            {
                throw new InvalidDataException($"it holds the member {name} twice");
            }
        }

        return members;
    }

    private static ReadOnlyMemory<byte> Content(TarEntry entry)
    {
        if (entry.DataStream is not { } data)
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        // The declared length is not believed before the bytes are there.
        using var content = new MemoryStream();
        data.CopyTo(content);
        return content.Length == entry.Length
            ? content.GetBuffer().AsMemory(0, (int)content.Length)
            : throw new InvalidDataException("it ends in the middle of a member");
    }

    private static Stream Unpack(Stream stream)
    {
        byte[] magic = new byte[262];
        int length = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        ReadOnlySpan<byte> start = magic.AsSpan(0, length);
        return start.StartsWith<byte>([0x28, 0xb5, 0x2f, 0xfd]) ? new ZstdSharp.DecompressionStream(stream)
            : start.StartsWith<byte>([0x1f, 0x8b]) ? new GZipStream(stream, CompressionMode.Decompress)
            : length == magic.Length && start[257..].SequenceEqual("ustar"u8) ? stream
            : throw new InvalidDataException("it is neither a tar archive nor one packed with zstd or gzip");
    }
}
