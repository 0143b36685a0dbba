using System.Collections.Concurrent;
using System.Text;

namespace Passthrough.Host.Evidence;

/// <summary>
/// A mounted disk or a captured tree of a machine. Links are resolved inside the root, component by component, never by
/// the kernel: an absolute target starts at the root, ".." never leaves it. Safe for use by two readers at a time.
/// <para>
/// What is missing from a tree was in most trees never captured. <see cref="TreeKnowledge"/> says when a missing path is
/// absent; everywhere else the answer is not recorded. A link whose target is missing is found as a link and follows the
/// same rule when it is read. Queries are not recorded: a tree cannot answer for the kernel it came from.
/// </para>
/// </summary>
public sealed class DirectoryEvidence : IEvidence
{
    private const int MaximumLinks = 40;
    private static readonly string[] TopFolders = ["proc", "sys", "etc", "dev", "var", "boot", "lib", "usr"];
    private readonly string _root;
    private readonly TreeKnowledge _knowledge;

    // Open as long as the process: a run looks at one tree.
    private readonly int _rootHandle;
    private readonly FolderHandle _folder = new(isLive: false);

    // Thousands of files share their folder: the way to a folder is walked once.
    private readonly ConcurrentDictionary<string, Place> _folders = new(StringComparer.Ordinal);

    /// <summary>Opens a tree.</summary>
    /// <exception cref="EvidenceException">It is no folder, or holds nothing of a machine.</exception>
    public DirectoryEvidence(string root)
    {
        DisplayName = root;
        _root = Path.GetFullPath(root).TrimEnd('/');
        int rc = SystemCalls.Stat(_root.Length == 0 ? "/" : _root, follow: true, out FileStatus status);
        if (rc < 0)
        {
            throw new EvidenceException($"{root} cannot be looked at ({Errno.Name(-rc)}): name a folder that holds a machine's files.");
        }

        if (!status.IsFolder)
        {
            throw new EvidenceException($"{root} is not a folder: name the root of a machine's tree, or give a bundle with --bundle.");
        }

        if (!TopFolders.Any(name => SystemCalls.Stat($"{_root}/{name}", follow: false, out _) == 0))
        {
            throw new EvidenceException(
                $"{root} is not a machine's tree: it holds none of {string.Join(", ", TopFolders.Select(name => "/" + name))}.");
        }

        _rootHandle = SystemCalls.OpenFolder(_root.Length == 0 ? "/" : _root);
        _knowledge = new TreeKnowledge(NamesOf);
    }

    /// <inheritdoc />
    public SourceKind Kind => SourceKind.Directory;

    /// <inheritdoc />
    public string DisplayName { get; }

    /// <inheritdoc />
    public Answer Ask(Question question)
    {
        if (question.Verb == Verb.Query)
        {
            return question.Path.StartsWith(Queries.PciNamesPrefix, StringComparison.Ordinal)
                ? Pci.PciNamesQuery.Ask(this, question.Path)
                : Answer.NotRecorded;
        }

        if (!LiveEvidence.IsNormal(question.Path))
        {
            return Answer.Failed("the path is not absolute and normalised");
        }

        if (question.Verb switch
        {
            Verb.Read => _folder.Read(question.Path),
            Verb.Link => _folder.ReadLink(question.Path),
            _ => _folder.ListInRoot(_rootHandle, question.Path),
        } is { } near)
        {
            return near;
        }

        Place place = question.Verb == Verb.List ? ResolveFolder(question.Path) : Resolve(question.Path, followLast: question.Verb != Verb.Link);
        if (place.Error is Errno.Enoent or Errno.Enotdir)
        {
            return _knowledge.IsAbsent(place.Path) ? Answer.Absent : Answer.NotRecorded;
        }

        if (place.Error != 0)
        {
            return Errno.ToAnswer(place.Error);
        }

        return question.Verb switch
        {
            // Some captures follow links and keep a copy of what is behind: the link's text is lost, not wrong.
            Verb.Link => place.Status.IsLink ? SystemCalls.ReadLink(_root + place.Path) : Answer.NotRecorded,
            Verb.List => place.Status.IsFolder ? _folder.List(question.Path, (_root + place.Path) is { Length: > 0 } real ? real : "/") : Answer.Absent,
            _ => Read(place),
        };
    }

    private Answer Read(Place place)
    {
        if (place.Status.IsFolder)
        {
            return Answer.Failed("EISDIR");
        }

        // A device node or a pipe in a tree belongs to the machine that looks, not to the one looked at.
        return place.Status.IsFile ? Take(place.Path, isFolder: false) : Answer.NotRecorded;
    }

    private Answer Take(string path, bool isFolder)
    {
        string real = _root + path;
        int descriptor = isFolder ? SystemCalls.OpenFolder(real.Length == 0 ? "/" : real) : SystemCalls.OpenNoFollow(real);
        if (descriptor < 0)
        {
            return Errno.ToAnswer(-descriptor);
        }

        try
        {
            return isFolder ? SystemCalls.List(descriptor) : LongFiles.Read(descriptor, path);
        }
        finally
        {
            SystemCalls.Close(descriptor);
        }
    }

    /// <summary>The names in a folder of the tree, null when there is no such folder.</summary>
    private string[]? NamesOf(string path)
    {
        Place place = Resolve(path, followLast: true);
        return place.Error == 0 && place.Status.IsFolder && Take(place.Path, isFolder: true) is { IsFound: true } answer
            ? answer.Names : null;
    }

    private Place Resolve(string path, bool followLast, int links = 0)
    {
        int slash = path.LastIndexOf('/');
        if (slash <= 0)
        {
            return Walk("", path.Trim('/'), followLast, links);
        }

        Place folder = ResolveFolder(path[..slash], links);
        string name = path[(slash + 1)..];
        return folder.Error != 0
            ? folder with { Path = folder.Path + "/" + name }
            : Walk(folder.Path, name, followLast, links);
    }

    /// <summary>The place of a folder, from the place of the one above it: each step is walked once.</summary>
    private Place ResolveFolder(string path, int links = 0)
    {
        if (!_folders.TryGetValue(path, out Place place))
        {
            place = Resolve(path, followLast: true, links);

            // How many links are too many depends on where the walk began.
            if (place.Error != Errno.Eloop)
            {
                _folders.TryAdd(path, place);
            }
        }

        return place;
    }

    /// <summary>
    /// Walks the components of <paramref name="rest"/> from a folder that is already resolved. The result's path is the place inside the root,
    /// "" for the root itself; where a component is missing it is the path that would have been.
    /// </summary>
    private Place Walk(string from, string rest, bool followLast, int links)
    {
        string at = from;
        var pending = new Stack<string>(rest.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        FileStatus status = new(0x4000, 0, 0);
        while (pending.TryPop(out string? name))
        {
            if (name == ".")
            {
                continue;
            }

            if (name == "..")
            {
                at = at.Length == 0 ? at : at[..at.LastIndexOf('/')];
                status = new FileStatus(0x4000, 0, 0);
                continue;
            }

            string next = at + "/" + name;
            int rc = status.IsFolder ? SystemCalls.Stat(_root + next, follow: false, out status) : -Errno.Enotdir;
            if (rc < 0)
            {
                return new Place(string.Join('/', pending.Prepend(next)), status, -rc);
            }

            if (!status.IsLink || (pending.Count == 0 && !followLast))
            {
                at = next;
                continue;
            }

            if (++links > MaximumLinks)
            {
                return new Place(next, status, Errno.Eloop);
            }

            Answer target = SystemCalls.ReadLink(_root + next);
            if (!target.IsFound)
            {
                return new Place(next, status, Errno.Enoent);
            }

            string text = Encoding.UTF8.GetString(target.Content.Span);
            if (text.StartsWith('/'))
            {
                at = "";
            }

            foreach (string part in text.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                pending.Push(part);
            }

            status = new FileStatus(0x4000, 0, 0);
            if (KnownFolder(ref at, pending, links) is { } known)
            {
                if (known.Error != 0)
                {
                    return known;
                }

                at = known.Path;
                status = known.Status;
            }
        }

        return new Place(at, status, 0);
    }

    /// <summary>
    /// Takes all but the last name of a link's target at once, where the folder they name is there: the targets of thousands of links lie in a
    /// few folders. <paramref name="at"/> is resolved, so that ".." right behind it is the folder above.
    /// </summary>
    private Place? KnownFolder(ref string at, Stack<string> pending, int links)
    {
        while (pending.TryPeek(out string? up) && up == "..")
        {
            pending.Pop();
            at = at.Length == 0 ? at : at[..at.LastIndexOf('/')];
        }

        if (pending.Count < 2 || pending.Contains("..") || pending.Contains("."))
        {
            return null;
        }

        string[] names = [.. pending];
        Place folder = ResolveFolder(at + "/" + string.Join('/', names.AsSpan(..^1)!), links);
        if (folder.Error != 0)
        {
            // What is missing is found again step by step, which tells where. Links in a circle are not followed a second time at each of their turns.
            return folder.Error == Errno.Eloop ? folder : null;
        }

        pending.Clear();
        pending.Push(names[^1]);
        return folder;
    }

    /// <summary>Where a path leads inside the root.</summary>
    private readonly record struct Place(string Path, FileStatus Status, int Error);
}
