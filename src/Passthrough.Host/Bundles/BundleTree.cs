using System.Text;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Bundles;

/// <summary>
/// Lays the answers of a transcript out as a plain tree: which answer becomes which file or link of the archive, and
/// which stays in the index alone.
/// </summary>
internal sealed class BundleTree
{
    /// <summary>Beyond this many files the rest of the answers stand in the index, so that the reader's limit holds.</summary>
    private const int MaximumFiles = 150_000;

    private readonly Dictionary<Question, string> _names = [];

    public BundleTree(IReadOnlyList<KeyValuePair<Question, Answer>> transcript)
    {
        var files = new SortedDictionary<string, Answer>(StringComparer.Ordinal);
        var links = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var folders = new HashSet<string>(StringComparer.Ordinal);
        var wanted = new List<(Question Question, string Name, Answer Answer)>();
        foreach ((Question question, Answer answer) in transcript)
        {
            if (answer.IsFound && question.Verb is Verb.Read or Verb.Link && MemberName(question.Path) is { } name)
            {
                wanted.Add((question, name, answer));
                for (int slash = name.LastIndexOf('/'); slash > 0 && folders.Add(name[..slash]); slash = name.LastIndexOf('/', slash - 1))
                {
                }
            }
        }

        // What is a file and also a folder (a link's name with files below it) cannot be both in an archive.
        foreach ((Question question, string name, Answer answer) in wanted)
        {
            if (question.Verb == Verb.Read && answer.IsFound && !folders.Contains(name) && files.Count < MaximumFiles && files.TryAdd(name, answer))
            {
                _names[question] = name;
            }
        }

        foreach ((Question question, string name, Answer answer) in wanted)
        {
            if (question.Verb == Verb.Link && answer.IsFound && !folders.Contains(name) && !files.ContainsKey(name)
                && files.Count + links.Count < MaximumFiles && StaysInside(name, answer.Content.Span) is { } target)
            {
                links[name] = target;
            }
        }

        Files = files;
        Links = links;
    }

    /// <summary>Files of the tree by member name, ordered.</summary>
    public IReadOnlyDictionary<string, Answer> Files { get; }

    /// <summary>Links of the tree: member name and relative target, ordered.</summary>
    public IReadOnlyDictionary<string, string> Links { get; }

    /// <summary>The member that holds this answer, null when the index holds it.</summary>
    public string? NameOf(Question question) => _names.GetValueOrDefault(question);

    /// <summary>
    /// The member's name for a path: <c>root</c> and the path, with every byte that is not printable ASCII, and '%' and '\', as <c>%HH</c>.
    /// Null for a path that is better kept in the index: not normalised, or too long for a file system.
    /// </summary>
    internal static string? MemberName(string path)
    {
        if (!LiveEvidence.IsNormal(path) || path == "/" || path.Length > 2000)
        {
            return null;
        }

        var name = new StringBuilder(BundleFormat.RootFolder, path.Length + 8);
        int componentStart = name.Length;
        foreach (byte value in Encoding.UTF8.GetBytes(path))
        {
            if (value == '/')
            {
                componentStart = name.Length;
            }

            if (value is > 0x20 and < 0x7f and not ((byte)'%' or (byte)'\\'))
            {
                name.Append((char)value);
            }
            else
            {
                name.Append('%').Append(value.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }

            if (name.Length - componentStart > 240)
            {
                return null;
            }
        }

        return name.ToString();
    }

    /// <summary>
    /// The target of a link when it is relative and cannot leave the tree, else null. ".." is taken at the front only: behind another
    /// name it would depend on where that name leads.
    /// </summary>
    internal static string? StaysInside(string name, ReadOnlySpan<byte> target)
    {
        if (target.Length is 0 or > 1000 || target[0] == '/' || target.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e)
            || target.IndexOfAny((byte)'%', (byte)'\\') >= 0)
        {
            return null;
        }

        string text = Encoding.ASCII.GetString(target);

        // root/sys/a has one folder between itself and the root: "..", and no more, stays inside.
        int up = name.Count(character => character == '/') - 1;
        bool isDown = false;
        foreach (string part in text.Split('/'))
        {
            if (part == ".." && (isDown || --up < 0))
            {
                return null;
            }

            isDown |= part is not (".." or "." or "");
        }

        return text;
    }
}
