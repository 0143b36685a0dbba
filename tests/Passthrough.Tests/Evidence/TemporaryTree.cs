namespace Passthrough.Tests.Evidence;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryTree : IDisposable
{
    public TemporaryTree() => Directory.CreateDirectory(Root);

    public string Root { get; } = Path.Combine(Path.GetTempPath(), "ptdiag-test-" + Guid.NewGuid().ToString("n"));

    public string At(string path) => Path.Combine(Root, path.TrimStart('/'));

    public TemporaryTree File(string path, string text = "x\n")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        System.IO.File.WriteAllText(At(path), text);
        return this;
    }

    public TemporaryTree Folder(string path)
    {
        Directory.CreateDirectory(At(path));
        return this;
    }

    public TemporaryTree Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        System.IO.File.CreateSymbolicLink(At(path), target);
        return this;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
