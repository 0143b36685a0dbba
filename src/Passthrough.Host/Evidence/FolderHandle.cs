namespace Passthrough.Host.Evidence;

/// <summary>
/// The folder that a thread listed last, kept open: its files are opened by name from there, which spares the walk of a long path for each of
/// them, and the listing has told what kind each name is. One for each source; safe for use by several threads, each with its own folder.
/// </summary>
/// <param name="isLive">The running machine, whose files below a device's folder are attributes: no kind has to be looked at before one is opened.</param>
internal sealed class FolderHandle(bool isLive)
{
    // A folder of a function has about fifty names; of a folder of thousands each is asked once at most, from elsewhere.
    private const int MostNames = 256;

    [ThreadStatic]
    private static FolderHandle? _owner;

    [ThreadStatic]
    private static OpenFolder? _open;

    /// <summary>Lists a folder and keeps it. <paramref name="path"/> is what is asked for, <paramref name="real"/> where it is.</summary>
    public Answer List(string path, string real)
    {
        int descriptor = SystemCalls.OpenFolder(real);
        return descriptor < 0 ? Errno.ToAnswer(-descriptor) : Keep(path, descriptor);
    }

    /// <summary>The same below an open root, which links do not leave; null where the kernel cannot or the folder is not plainly there.</summary>
    public Answer? ListInRoot(int root, string path)
    {
        int descriptor = root < 0 ? root : SystemCalls.OpenFolderInRoot(root, path);
        return descriptor < 0 ? null : Keep(path, descriptor);
    }

    private Answer Keep(string path, int descriptor)
    {

        Answer answer = SystemCalls.List(descriptor, out byte[] kinds);
        if (!answer.IsCleanListing || kinds.Length > MostNames)
        {
            SystemCalls.Close(descriptor);
            return answer;
        }

        _open?.Close();
        _open = new OpenFolder(path, descriptor, answer.Names, kinds);
        _owner = this;
        return answer;
    }

    /// <summary>A file of the folder that was listed last; null for any other path, and for what is no regular file.</summary>
    public Answer? Read(string path)
    {
        string? name = Entry(path, SystemCalls.RegularFile);
        if (name is null && (name = Below(path)) is null)
        {
            return null;
        }

        int descriptor = SystemCalls.OpenAt(_open!.Descriptor, name);
        if (descriptor < 0)
        {
            // Of a folder below nothing was listed: what is missing there is for the source to judge.
            return name.Contains('/', StringComparison.Ordinal) ? null : Errno.ToAnswer(-descriptor);
        }

        try
        {
            // An attribute of sysfs is given whole by one read of a page; a file on disk gives all there is.
            return SystemCalls.ReadToEnd(descriptor, isWholeWhenShort: path.StartsWith("/sys/", StringComparison.Ordinal));
        }
        finally
        {
            SystemCalls.Close(descriptor);
        }
    }

    /// <summary>The text of a link of that folder; null for any other path, and for what is no link.</summary>
    public Answer? ReadLink(string path) =>
        Entry(path, SystemCalls.SymbolicLink) is { } name ? SystemCalls.ReadLinkAt(_open!.Descriptor, name) : null;

    private string? Entry(string path, byte kind)
    {
        if (_owner != this || _open is not { } open)
        {
            return null;
        }

        int slash = path.LastIndexOf('/');
        if (slash != open.Path.Length || !path.AsSpan(0, slash).SequenceEqual(open.Path))
        {
            return null;
        }

        return open.Find(path.AsSpan(slash + 1), kind);
    }

    /// <summary>The name of a file one folder further down, such as power/runtime_status; null for any other path, and for what is no regular file.</summary>
    private string? Below(string path)
    {
        if (_owner != this || _open is not { } open || path.Length <= open.Path.Length + 1 || path[open.Path.Length] != '/'
            || !path.StartsWith(open.Path, StringComparison.Ordinal))
        {
            return null;
        }

        string name = path[(open.Path.Length + 1)..];
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash == name.LastIndexOf('/') && open.Find(name.AsSpan(0, slash), SystemCalls.Folder) is not null
            && (isLive || SystemCalls.IsFileAt(open.Descriptor, name)) ? name : null;
    }

    /// <summary>A folder with its names in ordinal order and the kind of each.</summary>
    private sealed record OpenFolder(string Path, int Descriptor, string[] Names, byte[] Kinds)
    {
        /// <summary>The name, where it stands there and is of this kind.</summary>
        public string? Find(ReadOnlySpan<char> name, byte kind)
        {
            int from = 0, to = Names.Length;
            while (from < to)
            {
                int middle = (from + to) / 2;
                int order = name.CompareTo(Names[middle], StringComparison.Ordinal);
                if (order == 0)
                {
                    return Kinds[middle] == kind ? Names[middle] : null;
                }

                (from, to) = order > 0 ? (middle + 1, to) : (from, middle);
            }

            return null;
        }

        public void Close() => SystemCalls.Close(Descriptor);
    }
}
