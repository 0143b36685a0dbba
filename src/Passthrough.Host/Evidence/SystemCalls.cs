using System.Runtime.InteropServices;
using System.Text;
using static Tmds.Linux.LibC;

namespace Passthrough.Host.Evidence;

/// <summary>
/// The system calls that look at files. sysfs files lie about their length and device nodes may block for ever, so
/// everything is opened non-blocking and read until its end. A negative result is a negated error number.
/// </summary>
internal static unsafe class SystemCalls
{
    /// <summary>A file that is longer is answered as failed: half a file must not pass for a whole one.</summary>
    public const int MaximumBytes = 64 << 20;

    /// <summary>d_type of a regular file.</summary>
    public const byte RegularFile = 8;

    /// <summary>d_type of a folder.</summary>
    public const byte Folder = 4;

    /// <summary>d_type of a symbolic link.</summary>
    public const byte SymbolicLink = 10;

    private const int Page = 4096;
    private const int FirstBuffer = 32 << 10;
    private const int StatxSize = 256;
    private const uint StatxBasic = 0x7ff;
    private const int AtSymlinkNoFollow = 0x100;
    private const int AtFdCwd = -100;

    // Fresh memory costs more than a small read: a thread keeps the buffer it has.
    [ThreadStatic]
    private static byte[]? _buffer;

    [ThreadStatic]
    private static byte[]? _path;

    [ThreadStatic]
    private static (List<string> Names, List<byte> Types)? _entries;

    /// <summary>Opens for reading without blocking and without becoming a terminal's owner.</summary>
    public static int Open(string path, int moreFlags = 0)
    {
        if (!TryEncode(path, out byte[] bytes))
        {
            return -Errno.Einval;
        }

        fixed (byte* pointer = bytes)
        {
            while (true)
            {
                int descriptor = open(pointer, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | moreFlags, (ushort)0);
                if (descriptor >= 0 || errno != Errno.Eintr)
                {
                    return descriptor >= 0 ? descriptor : -errno;
                }
            }
        }
    }

    /// <summary>Opens a file of an open folder, by its name; never through a link.</summary>
    public static int OpenAt(int folder, string name)
    {
        Span<byte> bytes = stackalloc byte[768];
        if (name.Length > 255 || !Encoding.UTF8.TryGetBytes(name, bytes[..^1], out int length))
        {
            return -Errno.Einval;
        }

        bytes[length] = 0;
        fixed (byte* pointer = bytes)
        {
            int descriptor = openat(folder, pointer, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, (ushort)0);
            return descriptor >= 0 ? descriptor : -errno;
        }
    }

    /// <summary>The text of a link of an open folder.</summary>
    public static Answer ReadLinkAt(int folder, string name)
    {
        Span<byte> bytes = stackalloc byte[768];
        if (name.Length > 255 || !Encoding.UTF8.TryGetBytes(name, bytes[..^1], out int length))
        {
            return Errno.ToAnswer(Errno.Einval);
        }

        bytes[length] = 0;
        byte* target = stackalloc byte[4096];
        fixed (byte* pointer = bytes)
        {
            long count = (long)readlinkat(folder, pointer, target, 4096);
            return count >= 0 ? Answer.Of(new ReadOnlySpan<byte>(target, (int)count).ToArray()) : Errno.ToAnswer(errno);
        }
    }

    /// <summary>Opens a folder for listing.</summary>
    public static int OpenFolder(string path) => Open(path, O_DIRECTORY);

    /// <summary>
    /// Opens a folder below another, which is the root for every link on the way: the kernel's own way to stay inside a tree, in one call.
    /// ENOSYS before Linux 5.6. Source: openat2(2), include/uapi/linux/openat2.h.
    /// </summary>
    public static int OpenFolderInRoot(int root, string path)
    {
        // One number on every architecture; struct open_how: flags, mode, resolve (RESOLVE_IN_ROOT 0x10, RESOLVE_NO_MAGICLINKS 0x02).
        const int number = 437;
        ulong* how = stackalloc ulong[3];
        (how[0], how[1], how[2]) = ((ulong)(O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_DIRECTORY), 0, 0x12);
        if (!TryEncode(path, out byte[] bytes))
        {
            return -Errno.Einval;
        }

        fixed (byte* pointer = bytes)
        {
            long descriptor = (long)(nint)syscall(number, root, pointer, how, 24);
            return descriptor >= 0 ? (int)descriptor : -errno;
        }
    }

    /// <summary>Opens without following a last link: for sources that resolve links themselves.</summary>
    public static int OpenNoFollow(string path) => Open(path, O_NOFOLLOW);

    /// <summary>Closes; an error leaves nothing to do.</summary>
    public static void Close(int descriptor) => _ = close(descriptor);

    /// <summary>One read.</summary>
    public static int Read(int descriptor, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            while (true)
            {
                long count = (long)read(descriptor, pointer, buffer.Length);
                if (count >= 0 || errno != Errno.Eintr)
                {
                    return count >= 0 ? (int)count : -errno;
                }
            }
        }
    }

    /// <summary>Reads until the end, or until there is nothing more for now.</summary>
    public static Answer ReadToEnd(int descriptor, bool isWholeWhenShort = false)
    {
        byte[] buffer = _buffer ??= new byte[FirstBuffer];
        int length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 4);
                _buffer = buffer;
            }

            int count = Read(descriptor, buffer.AsSpan(length));
            if (count == 0 || count == -Errno.Eagain)
            {
                return SmallText.Answer(buffer.AsSpan(0, length));
            }

            if (count < 0)
            {
                return Errno.ToAnswer(-count);
            }

            length += count;
            if (isWholeWhenShort && length == count && count < Page)
            {
                return SmallText.Answer(buffer.AsSpan(0, length));
            }

            if (length > MaximumBytes)
            {
                return Answer.Failed("EFBIG: longer than 64 MiB");
            }
        }
    }

    /// <summary>Reads from an offset until the buffer is full or the file ends: the kernel touches no more of the hardware than is asked for.</summary>
    public static int ReadAt(int descriptor, Span<byte> buffer, int offset)
    {
        int length = 0;
        while (length < buffer.Length)
        {
            fixed (byte* pointer = buffer[length..])
            {
                long count = (long)pread(descriptor, pointer, buffer.Length - length, offset + length);
                if (count < 0 && errno != Errno.Eintr)
                {
                    return length > 0 ? length : -errno;
                }

                if (count == 0)
                {
                    break;
                }

                length += (int)Math.Max(count, 0);
            }
        }

        return length;
    }

    /// <summary>Moves to <paramref name="bytes"/> before the end; false for a file that is shorter, which stays at its beginning.</summary>
    public static bool SeekFromEnd(int descriptor, int bytes) => lseek(descriptor, -bytes, SEEK_END) >= 0;

    /// <summary>The names in an open folder, without "." and "..", in ordinal order.</summary>
    public static Answer List(int descriptor) => List(descriptor, out _);

    /// <summary>The same with the d_type of each name.</summary>
    public static Answer List(int descriptor, out byte[] kinds)
    {
        kinds = [];
        int number = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 217,
            Architecture.Arm64 => 61,
            _ => -1,
        };
        if (number < 0)
        {
            return Answer.Failed("ENOSYS");
        }

        (List<string> names, List<byte> types) = _entries ??= ([], []);
        names.Clear();
        types.Clear();
        byte[] buffer = _buffer ??= new byte[FirstBuffer];
        bool isText = true;
        fixed (byte* pointer = buffer)
        {
            while (true)
            {
                long count = (long)(nint)syscall(number, descriptor, pointer, buffer.Length);
                if (count < 0)
                {
                    return Errno.ToAnswer(errno);
                }

                if (count == 0)
                {
                    break;
                }

                isText &= AddNames(buffer.AsSpan(0, (int)count), names, types);
            }
        }

        string[] sorted = [.. names];
        kinds = [.. types];
        Array.Sort(sorted, kinds, StringComparer.Ordinal);
        return isText ? Answer.OfNames(sorted) : Answer.Of(string.Join('\n', sorted));
    }

    /// <summary>The text of a link: its length in the buffer, or a negated error.</summary>
    public static Answer ReadLink(string path)
    {
        if (!TryEncode(path, out byte[] bytes))
        {
            return Errno.ToAnswer(Errno.Einval);
        }

        // PATH_MAX: the kernel makes no longer link.
        byte* target = stackalloc byte[4096];
        fixed (byte* pointer = bytes)
        {
            long count = (long)readlink(pointer, target, 4096);
            if (count >= 0)
            {
                return Answer.Of(new ReadOnlySpan<byte>(target, (int)count).ToArray());
            }

            // EINVAL: the path is there and is no link, so there is no such link.
            int error = errno;
            return error == Errno.Einval ? Answer.Absent : Errno.ToAnswer(error);
        }
    }

    /// <summary>
    /// Mode, owner and kind of a path. statx through its number: the C library exports stat only since glibc 2.33, and
    /// statx has one layout on every architecture (linux/stat.h: uid at 20, gid at 24, mode at 28).
    /// </summary>
    public static int Stat(string path, bool follow, out FileStatus status)
    {
        status = default;
        return TryEncode(path, out byte[] bytes) ? Stat(AtFdCwd, bytes, follow, out status) : -Errno.Einval;
    }

    /// <summary>Whether a name below an open folder is a regular file; a last link is none.</summary>
    public static bool IsFileAt(int folder, string name) =>
        TryEncode(name, out byte[] bytes) && Stat(folder, bytes, follow: false, out FileStatus status) == 0 && status.IsFile;

    private static int Stat(int folder, byte[] path, bool follow, out FileStatus status)
    {
        status = default;
        int number = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 332,
            Architecture.Arm64 => 291,
            _ => -1,
        };
        if (number < 0)
        {
            return -Errno.Enosys;
        }

        byte* result = stackalloc byte[StatxSize];
        fixed (byte* pointer = path)
        {
            long rc = (long)(nint)syscall(number, folder, pointer, follow ? 0 : AtSymlinkNoFollow, StatxBasic, result);
            if (rc < 0)
            {
                return -errno;
            }
        }

        status = new FileStatus(*(ushort*)(result + 28), *(uint*)(result + 20), *(uint*)(result + 24));
        return 0;
    }

    /// <summary>An ioctl with a number as its argument.</summary>
    public static int Ioctl(int descriptor, int request, int argument)
    {
        int rc = ioctl(descriptor, request, argument);
        return rc >= 0 ? rc : -errno;
    }

    /// <summary>RLIMIT_MEMLOCK (resource 8) of this process, through prlimit64.</summary>
    public static int MemoryLock(out ulong soft, out ulong hard)
    {
        (soft, hard) = (0, 0);
        int number = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 302,
            Architecture.Arm64 => 261,
            _ => -1,
        };
        if (number < 0)
        {
            return -Errno.Enosys;
        }

        ulong* limits = stackalloc ulong[2];
        if ((long)(nint)syscall(number, 0, 8, (void*)null, limits) < 0)
        {
            return -errno;
        }

        (soft, hard) = (limits[0], limits[1]);
        return 0;
    }

    /// <summary>The effective user id.</summary>
    public static uint EffectiveUser() => geteuid();

    /// <summary>False where a name holds what no text holds, or a line feed.</summary>
    private static bool AddNames(ReadOnlySpan<byte> records, List<string> names, List<byte> types)
    {
        bool isText = true;
        // struct linux_dirent64: d_ino 8, d_off 8, d_reclen 2, d_type 1, d_name with a terminating NUL.
        while (records.Length >= 19)
        {
            int size = MemoryMarshal.Read<ushort>(records[16..]);
            ReadOnlySpan<byte> name = records[19..size];
            int end = name.IndexOf((byte)0);
            name = end >= 0 ? name[..end] : name;
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                isText &= TextGate.IsText(name) && !name.Contains((byte)'\n');
                names.Add(SmallText.Of(name));
                types.Add(records[18]);
            }

            records = records[size..];
        }

        return isText;
    }

    private static bool TryEncode(string path, out byte[] bytes)
    {
        // Used up before the thread encodes the next one.
        int longest = Encoding.UTF8.GetMaxByteCount(path.Length) + 1;
        bytes = _path is { } kept && kept.Length >= longest ? kept : _path = new byte[Math.Max(longest, 1024)];
        bytes[Encoding.UTF8.GetBytes(path, bytes)] = 0;
        return !path.Contains('\0', StringComparison.Ordinal);
    }
}
