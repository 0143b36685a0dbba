namespace Passthrough.Host.Evidence;

/// <summary>One question to a machine. <paramref name="Path"/> is absolute and normalised ("/sys/class/iommu").</summary>
/// <param name="Verb">What is asked of the path.</param>
/// <param name="Path">Absolute path, '/' separated, without a trailing slash. For <see cref="Verb.Query"/> a name of <see cref="Queries"/>.</param>
public readonly record struct Question(Verb Verb, string Path)
{
    /// <summary>The content of a file.</summary>
    public static Question Read(string path) => new(Verb.Read, path);

    /// <summary>The names in a folder.</summary>
    public static Question List(string path) => new(Verb.List, path);

    /// <summary>The text of a symbolic link, unresolved.</summary>
    public static Question Link(string path) => new(Verb.Link, path);

    /// <summary>What only an ioctl or a system call can tell; see <see cref="Queries"/>.</summary>
    public static Question Query(string name) => new(Verb.Query, name);
}

/// <summary>What is asked of a path.</summary>
public enum Verb
{
    /// <summary>Content of a file, as bytes.</summary>
    Read,

    /// <summary>Names in a folder, ordinal order, separated by '\n'. A link that dangles is still a name.</summary>
    List,

    /// <summary>Target text of a symbolic link.</summary>
    Link,

    /// <summary>A named query that needs a system call; the content is UTF-8 text.</summary>
    Query,
}
