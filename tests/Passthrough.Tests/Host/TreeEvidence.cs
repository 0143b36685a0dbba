using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Passthrough.Host.Evidence;

namespace Passthrough.Tests.Host;

/// <summary>A tree of files, folders and links in memory, for tests of readers. What is not in it is absent.</summary>
internal sealed class TreeEvidence : IEvidence
{
    private readonly Dictionary<string, Answer> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> _folders = new(StringComparer.Ordinal) { [""] = new(StringComparer.Ordinal) };

    /// <inheritdoc />
    public SourceKind Kind => SourceKind.Directory;

    /// <inheritdoc />
    public string DisplayName => "a tree in memory";

    /// <summary>How many questions were asked.</summary>
    public int Asked { get; private set; }

    /// <summary>Sets a file's text.</summary>
    public string this[string path]
    {
        set => Set(path, Answer.Of(value));
    }

    /// <summary>Sets what a read answers.</summary>
    public void Set(string path, Answer answer)
    {
        _files[path] = answer;
        AddToFolder(path);
    }

    /// <summary>Adds a link.</summary>
    public void Link(string path, string target)
    {
        _links[path] = target;
        AddToFolder(path);
    }

    /// <summary>Adds a folder.</summary>
    public void Folder(string path)
    {
        if (path.Length > 0 && _folders.TryAdd(path, new SortedSet<string>(StringComparer.Ordinal)))
        {
            AddToFolder(path);
        }
    }

    /// <summary>The content of a .tar.gz as a root.</summary>
    public static TreeEvidence FromArchive(string file)
    {
        var tree = new TreeEvidence();
        using var reader = new TarReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        while (reader.GetNextEntry() is { } entry)
        {
            string path = "/" + string.Join('/', entry.Name.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."));
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    tree.Folder(path == "/" ? "" : path);
                    break;
                case TarEntryType.SymbolicLink:
                    tree.Link(path, entry.LinkName);
                    break;
                case TarEntryType.HardLink:
                    tree.Set(path, tree.Ask(Question.Read("/" + entry.LinkName.TrimStart('.', '/'))));
                    break;
                default:
                    using (var content = new MemoryStream())
                    {
                        entry.DataStream?.CopyTo(content);
                        tree.Set(path, Answer.Of(content.ToArray()));
                    }

                    break;
            }
        }

        return tree;
    }

    /// <inheritdoc />
    public Answer Ask(Question question)
    {
        Asked++;
        int slash = question.Path.LastIndexOf('/');
        if (question.Verb == Verb.Link)
        {
            string? folder = Resolve(question.Path[..slash], 0);
            return folder is not null && _links.TryGetValue(folder + question.Path[slash..], out string? target)
                ? Answer.Of(target) : Answer.Absent;
        }

        string? path = Resolve(question.Path, 0);
        return path is null ? Answer.Absent : question.Verb switch
        {
            Verb.Read => _files.GetValueOrDefault(path, Answer.Absent),
            Verb.List => _folders.TryGetValue(path, out SortedSet<string>? names) ? Answer.Of(string.Join('\n', names)) : Answer.Absent,
            _ => Answer.NotRecorded,
        };
    }

    private string? Resolve(string path, int depth)
    {
        if (depth > 40)
        {
            return null;
        }

        var current = new StringBuilder();
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                int slash = current.ToString().LastIndexOf('/');
                current.Length = Math.Max(slash, 0);
                continue;
            }

            current.Append('/').Append(part);
            if (_links.TryGetValue(current.ToString(), out string? target))
            {
                current.Length -= part.Length + 1;
                string? next = Resolve(target.StartsWith('/') ? target : current + "/" + target, depth + 1);
                if (next is null)
                {
                    return null;
                }

                current.Clear().Append(next);
            }
        }

        return current.ToString();
    }

    private void AddToFolder(string path)
    {
        int slash = path.LastIndexOf('/');
        if (slash < 0)
        {
            return;
        }

        string folder = path[..slash];
        Folder(folder);
        _folders[folder].Add(path[(slash + 1)..]);
    }
}
