namespace Passthrough.Host.Evidence;

/// <summary>What statx told of a path.</summary>
/// <param name="Mode">Type and permission bits (S_IFMT and 07777).</param>
/// <param name="User">Owner.</param>
/// <param name="Group">Group.</param>
internal readonly record struct FileStatus(ushort Mode, uint User, uint Group)
{
    /// <summary>Permission bits.</summary>
    public int Permissions => Mode & 0x0fff;

    /// <summary>A folder.</summary>
    public bool IsFolder => (Mode & 0xf000) == 0x4000;

    /// <summary>A symbolic link.</summary>
    public bool IsLink => (Mode & 0xf000) == 0xa000;

    /// <summary>A regular file.</summary>
    public bool IsFile => (Mode & 0xf000) == 0x8000;

    /// <summary>The kind in the words of the stat query.</summary>
    public string Kind => (Mode & 0xf000) switch
    {
        0x2000 => "char",
        0x4000 => "dir",
        0x6000 => "block",
        0x8000 => "file",
        0xa000 => "link",
        0x1000 => "fifo",
        0xc000 => "socket",
        _ => "unknown",
    };
}
