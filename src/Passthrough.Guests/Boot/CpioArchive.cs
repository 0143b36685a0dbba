using System.Buffers;
using System.Globalization;
using System.Text;

namespace Passthrough.Guests.Boot;

/// <summary>
/// Writes the "newc" cpio format, the one the kernel unpacks as its initramfs
/// (Documentation/driver-api/early-userspace/buffer-format.rst).
/// </summary>
internal sealed class CpioArchive
{
    private const int DirectoryMode = 0x4000;
    private const int RegularMode = 0x8000;
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private int _inode;

    /// <summary>Adds a folder with mode 755; <paramref name="name"/> is relative, without a leading slash.</summary>
    public void AddDirectory(string name) => Add(name, DirectoryMode | 0x1ED, links: 2, []);

    /// <summary>Adds a regular file; executable means mode 755, else 644.</summary>
    public void AddFile(string name, ReadOnlySpan<byte> content, bool executable) =>
        Add(name, RegularMode | (executable ? 0x1ED : 0x1A4), links: 1, content);

    /// <summary>The archive with its trailer. Equal input gives equal bytes: owner root, time 0.</summary>
    public byte[] ToArray()
    {
        Add("TRAILER!!!", 0, links: 1, []);
        return _bytes.WrittenSpan.ToArray();
    }

    private void Add(string name, int mode, int links, ReadOnlySpan<byte> content)
    {
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        // Fields in order: inode, mode, uid, gid, links, mtime, size, devmajor, devminor, rdevmajor, rdevminor,
        // length of the name with its NUL, checksum (0 in this format).
        int[] fields = [++_inode, mode, 0, 0, links, 0, content.Length, 0, 0, 0, 0, nameBytes.Length + 1, 0];
        var header = new StringBuilder("070701");
        foreach (int field in fields)
        {
            header.Append(CultureInfo.InvariantCulture, $"{field:X8}");
        }

        _bytes.Write(Encoding.ASCII.GetBytes(header.ToString()));
        _bytes.Write(nameBytes);
        _bytes.Write("\0"u8);
        Pad();
        _bytes.Write(content);
        Pad();
    }

    private void Pad()
    {
        ReadOnlySpan<byte> zeros = [0, 0, 0];
        _bytes.Write(zeros[..((4 - (_bytes.WrittenCount % 4)) % 4)]);
    }
}
