// The one place of the bundles that touches files: everything else works on streams.
#pragma warning disable RS0030
// ptdiag runs on Linux only.
#pragma warning disable CA1416
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Bundles;

/// <summary>Opens and replaces bundle files.</summary>
internal static class BundleFile
{
    /// <summary>Writes a new file beside the target, private to its owner, and renames it over the target when it is whole and on the disk.</summary>
    public static void Replace(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        if (SystemCalls.Stat(full, follow: false, out FileStatus status) == 0 && !status.IsFile)
        {
            string kind = status.IsLink ? "a symbolic link" : status.IsFolder ? "a folder" : "no regular file";
            throw new EvidenceException($"{path} is {kind} and is not replaced: name a file that does not exist yet.");
        }

        string folder = Path.GetDirectoryName(full) ?? "/";
        string temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():n}");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        try
        {
            bool isDone = false;
            try
            {
                using (var stream = new FileStream(temporary, options))
                {
                    write(stream);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(temporary, full, overwrite: true);
                isDone = true;
            }
            finally
            {
                if (!isDone)
                {
                    File.Delete(temporary);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EvidenceException($"{path} cannot be written ({exception.Message.TrimEnd('.')}): name a place that can be written.", exception);
        }
    }

    /// <summary>Opens a bundle for reading.</summary>
    public static Stream Open(string path)
    {
        int rc = SystemCalls.Stat(Path.GetFullPath(path), follow: true, out FileStatus status);
        if (rc < 0)
        {
            throw new EvidenceException($"{path} cannot be opened ({Errno.Name(-rc)}): name a bundle file.");
        }

        // A pipe would block for ever, a folder is a tree.
        if (!status.IsFile)
        {
            throw new EvidenceException(status.IsFolder
                ? $"{path} is not a ptdiag bundle: it is a folder; look at a tree with --root."
                : $"{path} is not a ptdiag bundle: it is no regular file; make one with 'ptdiag bundle create'.");
        }

        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EvidenceException($"{path} cannot be opened ({exception.Message.TrimEnd('.')}): make it readable.", exception);
        }
    }
}
