using System.Text;
using static Tmds.Linux.LibC;

namespace Passthrough.Tuning;

/// <summary>Changes files that outlast a boot, and permissions of nodes. Each method returns null, or what went wrong as the end of a sentence.</summary>
public interface IMachineFiles
{
    /// <summary>Gives a file another content in one step: a new file beside it with the same owner and permissions, synced, renamed over it.</summary>
    string? Replace(string path, ReadOnlySpan<byte> content);

    /// <summary>Makes a file that is not there, permissions 0644, and the folders above it that are not there.</summary>
    string? Create(string path, ReadOnlySpan<byte> content);

    /// <summary>Removes a file, and then those folders, innermost last in the list, that are empty.</summary>
    string? Delete(string path, IReadOnlyList<string> folders);

    /// <summary>Sets permissions.</summary>
    string? SetMode(string path, UnixFileMode mode);

    /// <summary>Permissions now: null when there is no such file. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
    UnixFileMode? ModeOf(string path);

    /// <summary>The content now: null when there is no such file. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
    byte[]? Read(string path);
}

/// <summary>The files of the running machine.</summary>
/// <param name="root">Folder that stands for /; empty for the machine itself.</param>
public sealed class MachineFiles(string root = "") : IMachineFiles
{
    private const string Suffix = ".ptdiag-new";

    /// <inheritdoc />
    public string? Replace(string path, ReadOnlySpan<byte> content)
    {
        string file = root + path, fresh = file + Suffix;
        try
        {
            if (File.ResolveLinkTarget(file, returnFinalTarget: false) is { } target)
            {
                return $"{path} is a link to {target.FullName[root.Length..]}, which a renamed file would take the place of";
            }

            Write(fresh, content, FileMode.Create);
            File.SetUnixFileMode(fresh, File.GetUnixFileMode(file));
            if (CopyOwner(file, fresh) is { } problem)
            {
                File.Delete(fresh);
                return problem;
            }

            File.Move(fresh, file, overwrite: true);
            SyncFolder(Path.GetDirectoryName(file)!);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(fresh);
            return Because(path, error);
        }
    }

    /// <inheritdoc />
    public string? Create(string path, ReadOnlySpan<byte> content)
    {
        string file = root + path, fresh = file + Suffix;
        try
        {
            if (File.Exists(file))
            {
                return $"{path} is there already";
            }

            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            Write(fresh, content, FileMode.Create);
            File.SetUnixFileMode(fresh, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            File.Move(fresh, file, overwrite: false);
            SyncFolder(Path.GetDirectoryName(file)!);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(fresh);
            return Because(path, error);
        }
    }

    /// <inheritdoc />
    public string? Delete(string path, IReadOnlyList<string> folders)
    {
        try
        {
            File.Delete(root + path);
            foreach (string folder in folders.Reverse())
            {
                if (Directory.Exists(root + folder) && !Directory.EnumerateFileSystemEntries(root + folder).Any())
                {
                    Directory.Delete(root + folder);
                }
            }

            SyncFolder(Path.GetDirectoryName(root + (folders.Count > 0 ? folders[0] : path))!);
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Because(path, error);
        }
    }

    /// <inheritdoc />
    public string? SetMode(string path, UnixFileMode mode)
    {
        try
        {
            File.SetUnixFileMode(root + path, mode);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Because(path, error);
        }
    }

    /// <inheritdoc />
    public UnixFileMode? ModeOf(string path)
    {
        try
        {
            return File.GetUnixFileMode(root + path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public byte[]? Read(string path)
    {
        // What a kill left beside the file while its new content was written is nobody's.
        TryDelete(root + path + Suffix);
        try
        {
            return File.ReadAllBytes(root + path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Puts a folder's names on disk; what cannot be synced (a file system without it) is left to the kernel.</summary>
    internal static unsafe void SyncFolder(string folder)
    {
        byte[] name = Encoding.UTF8.GetBytes(folder + "\0");
        // The array is pinned for the call that reads it and ends with a zero byte.
        fixed (byte* pointer = name)
        {
            int descriptor = open(pointer, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (descriptor >= 0)
            {
                _ = fsync(descriptor);
                _ = close(descriptor);
            }
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> content, FileMode mode)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    private static unsafe string? CopyOwner(string from, string to)
    {
        Tmds.Linux.stat known;
        byte[] source = Encoding.UTF8.GetBytes(from + "\0"), target = Encoding.UTF8.GetBytes(to + "\0");
        // Both arrays are pinned for the calls that read them and end with a zero byte; the answer lives on this frame.
        fixed (byte* sourcePointer = source)
        fixed (byte* targetPointer = target)
        {
            return stat(sourcePointer, &known) < 0 || chown(targetPointer, known.st_uid, known.st_gid) < 0
                ? $"the owner of {from} cannot be given to its new content"
                : null;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It was never there, or its folder takes no writes: then nothing was left either.
        }
    }

    private static string Because(string path, Exception error) => $"{path}: {error.Message.TrimEnd('.')}";
}
