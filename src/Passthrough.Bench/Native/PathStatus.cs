using System.Globalization;

namespace Passthrough.Bench.Native;

/// <summary>What stands behind a path.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Bytes">Size of a regular file.</param>
/// <param name="AllocatedBytes">Bytes of the medium that a regular file occupies.</param>
/// <param name="Number">"major:minor" of the device that it is, else of the one its file system lies on.</param>
/// <param name="DirectAlignment">What offsets of direct reads are a multiple of; null when the kernel does not tell (before Linux 6.1).</param>
internal readonly record struct PathStatus(FileType Type, long Bytes, long AllocatedBytes, string Number, int? DirectAlignment)
{
    private const int FormatMask = 0xf000;
    private const int BlockFormat = 0x6000;
    private const int RegularFormat = 0x8000;

    /// <summary>From the fields of struct statx.</summary>
    public static PathStatus Of(int mode, long bytes, long blocks, (uint Major, uint Minor) self, (uint Major, uint Minor) below, uint alignment)
    {
        FileType type = (mode & FormatMask) switch
        {
            BlockFormat => FileType.BlockDevice,
            RegularFormat => FileType.Regular,
            _ => FileType.Other,
        };
        (uint major, uint minor) = type == FileType.BlockDevice ? self : below;
        // st_blocks counts 512 bytes whatever the file system's own block is.
        return new PathStatus(type, bytes, blocks * 512, string.Create(CultureInfo.InvariantCulture, $"{major}:{minor}"),
            alignment == 0 ? null : (int)alignment);
    }
}

/// <summary>The types of files that matter here.</summary>
internal enum FileType
{
    /// <summary>A folder, a socket, a character device …</summary>
    Other,

    /// <summary>A regular file.</summary>
    Regular,

    /// <summary>A block device.</summary>
    BlockDevice,
}
