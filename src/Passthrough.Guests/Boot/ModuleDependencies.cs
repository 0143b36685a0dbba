namespace Passthrough.Guests.Boot;

/// <summary>
/// The text of <c>modules.dep</c> (modules.dep(5)): which kernel modules a module needs.
/// Example line: <c>kernel/fs/9p/9p.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/fs/netfs/netfs.ko.xz</c>.
/// </summary>
internal sealed class ModuleDependencies
{
    private readonly Dictionary<string, (string Path, string[] Needs)> _modules = new(StringComparer.Ordinal);

    private ModuleDependencies()
    {
    }

    /// <summary>How many modules the text names.</summary>
    public int Count => _modules.Count;

    /// <summary>Reads any text; a line without a colon names no module and is left out.</summary>
    public static ModuleDependencies Parse(string text)
    {
        var result = new ModuleDependencies();
        foreach (string line in text.Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                continue;
            }

            string path = line[..colon].Trim();
            string[] needs = line[(colon + 1)..].Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            result._modules[NameOf(path)] = (path, needs);
        }

        return result;
    }

    /// <summary>
    /// The files to load, in the order to load them, so that every module stands behind what it needs. A name that the text
    /// does not know is built into the kernel or missing: it is returned in <paramref name="unknown"/>.
    /// </summary>
    public IReadOnlyList<string> InLoadOrder(IEnumerable<string> names, out IReadOnlyList<string> unknown)
    {
        var ordered = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var missing = new List<string>();
        foreach (string name in names)
        {
            Visit(NameOf(name), ordered, seen, missing);
        }

        unknown = missing;
        return ordered;
    }

    /// <summary>The kernel's name of a module file: no folder, no <c>.ko*</c>, underscores for dashes.</summary>
    public static string NameOf(string path)
    {
        string file = path[(path.LastIndexOf('/') + 1)..];
        int suffix = file.IndexOf(".ko", StringComparison.Ordinal);
        return (suffix < 0 ? file : file[..suffix]).Replace('-', '_');
    }

    private void Visit(string start, List<string> ordered, HashSet<string> seen, List<string> missing)
    {
        // A stack of our own: a text with a very long chain must not overflow the thread's.
        var stack = new Stack<(string Name, bool Done)>();
        stack.Push((start, false));
        while (stack.TryPop(out (string Name, bool Done) item))
        {
            if (item.Done)
            {
                ordered.Add(_modules[item.Name].Path);
                continue;
            }

            if (!seen.Add(item.Name))
            {
                continue;
            }

            if (!_modules.TryGetValue(item.Name, out (string Path, string[] Needs) module))
            {
                missing.Add(item.Name);
                continue;
            }

            stack.Push((item.Name, true));
            foreach (string need in module.Needs)
            {
                // modprobe loads the last named first; a stack gives just that.
                stack.Push((NameOf(need), false));
            }
        }
    }
}
