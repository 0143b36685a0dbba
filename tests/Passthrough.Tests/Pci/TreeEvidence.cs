using System.Formats.Tar;
using System.IO.Compression;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Tests.Pci;

/// <summary>A captured tree held in memory: links are resolved inside it, and what is missing is absent.</summary>
internal sealed class TreeEvidence : IEvidence
{
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> _folders = new(StringComparer.Ordinal) { [""] = new(StringComparer.Ordinal) };

    public SourceKind Kind { get; init; } = SourceKind.Directory;

    public string DisplayName => "tree";

    public int Asked { get; private set; }

    public static TreeEvidence Load(string archive)
    {
        var tree = new TreeEvidence();
        using var reader = new TarReader(new GZipStream(File.OpenRead(archive), CompressionMode.Decompress));
        while (reader.GetNextEntry() is { } entry)
        {
            string path = "/" + entry.Name.Trim('/').Replace("./", "", StringComparison.Ordinal);
            if (entry.EntryType == TarEntryType.SymbolicLink)
            {
                tree.Link(path, entry.LinkName);
            }
            else if (entry.EntryType == TarEntryType.Directory)
            {
                tree.Folder(path);
            }
            else
            {
                using var content = new MemoryStream();
                entry.DataStream?.CopyTo(content);
                tree.Bytes(path, content.ToArray());
            }
        }

        return tree;
    }

    public TreeEvidence Bytes(string path, byte[] content)
    {
        Register(path);
        _files[path] = content;
        return this;
    }

    public TreeEvidence Text(string path, string content) => Bytes(path, System.Text.Encoding.UTF8.GetBytes(content));

    public TreeEvidence Link(string path, string target)
    {
        Register(path);
        _links[path] = target;
        return this;
    }

    public TreeEvidence Folder(string path)
    {
        Register(path);
        _folders.TryAdd(path, new(StringComparer.Ordinal));
        return this;
    }

    public Answer Ask(Question question)
    {
        Asked++;
        if (question.Path.StartsWith(Queries.PciNamesPrefix, StringComparison.Ordinal))
        {
            return PciNamesQuery.Ask(this, question.Path);
        }

        int slash = question.Path.LastIndexOf('/');
        if (slash < 0 || Resolve(question.Path[..slash], 0) is not { } folder)
        {
            return Answer.Absent;
        }

        string path = folder + question.Path[slash..];
        if (question.Verb == Verb.Link)
        {
            return _links.TryGetValue(path, out string? target) ? Answer.Of(target)
                : _files.ContainsKey(path) || _folders.ContainsKey(path) ? Answer.Failed("EINVAL") : Answer.Absent;
        }

        string? real = Resolve(path, 0);
        return real is null ? Answer.Absent
            : question.Verb == Verb.List
                ? _folders.TryGetValue(real, out SortedSet<string>? names) ? Answer.Of(string.Join('\n', names)) : Answer.Absent
                : _files.TryGetValue(real, out byte[]? bytes) ? Answer.Of(bytes) : Answer.Absent;
    }

    private void Register(string path)
    {
        for (int slash = path.LastIndexOf('/'); slash >= 0; slash = path.LastIndexOf('/'))
        {
            string folder = path[..slash];
            _folders.TryAdd(folder, new(StringComparer.Ordinal));
            if (!_folders[folder].Add(path[(slash + 1)..]))
            {
                return;
            }

            path = folder;
        }
    }

    private string? Resolve(string path, int depth)
    {
        if (depth > 40)
        {
            return null;
        }

        string at = "";
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i] == ".")
            {
                continue;
            }

            if (parts[i] == "..")
            {
                int slash = at.LastIndexOf('/');
                at = slash < 0 ? "" : at[..slash];
                continue;
            }

            string next = at + "/" + parts[i];
            if (_links.TryGetValue(next, out string? target))
            {
                string rest = string.Join('/', parts[(i + 1)..]);
                return Resolve((target.StartsWith('/') ? target : at + "/" + target) + "/" + rest, depth + 1);
            }

            at = next;
        }

        return _files.ContainsKey(at) || _folders.ContainsKey(at) ? at : null;
    }
}
