using System.Text;
using static Tmds.Linux.LibC;

namespace Passthrough.Tuning;

/// <summary>Writes one value to one file of the kernel: the only place that changes a machine.</summary>
public interface IKernelFile
{
    /// <summary>Writes the text in one write call. Returns null, or the errno's name ("EBUSY") when the kernel refused.</summary>
    string? Write(string path, string value);
}

/// <summary>The running kernel.</summary>
public sealed class KernelFile : IKernelFile
{
    /// <inheritdoc />
    public unsafe string? Write(string path, string value)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + "\0");
        byte[] content = Encoding.UTF8.GetBytes(value);

        // Both arrays are pinned for the two calls that read them; the path ends with a zero byte.
        fixed (byte* pathPointer = name)
        fixed (byte* contentPointer = content)
        {
            int file = open(pathPointer, O_WRONLY | O_CLOEXEC);
            if (file < 0)
            {
                return Name(errno);
            }

            long written = (long)write(file, contentPointer, content.Length);
            int error = written < 0 ? errno : 0;
            // Some attributes report their error only when the file is closed.
            int closed = close(file) < 0 ? errno : 0;
            int first = error != 0 ? error : closed;
            return first == 0 ? null : Name(first);
        }
    }

    private static string Name(int error) => error switch
    {
        1 => "EPERM",
        2 => "ENOENT",
        5 => "EIO",
        12 => "ENOMEM",
        13 => "EACCES",
        16 => "EBUSY",
        19 => "ENODEV",
        22 => "EINVAL",
        28 => "ENOSPC",
        30 => "EROFS",
        _ => "errno " + error.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
