namespace Passthrough.Bench.Native;

/// <summary>An open file descriptor that is closed once.</summary>
internal sealed class Descriptor(ISystemCalls system, int number, string path) : IDisposable
{
    private int _number = number;

    /// <summary>The number; -1 after closing.</summary>
    public int Number => _number;

    /// <summary>What it was opened from.</summary>
    public string Path => path;

    /// <summary>Opens a path; a failure becomes a sentence with what <paramref name="meaning"/> makes of the errno.</summary>
    public static Descriptor Open(ISystemCalls system, string path, int flags, Func<int, string?>? meaning = null)
    {
        int result = system.Open(path, flags);
        return result >= 0
            ? new Descriptor(system, result, path)
            : throw Failure.Of("open", path, result, meaning?.Invoke(-result));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_number >= 0)
        {
            _ = system.Close(_number);
            _number = -1;
        }
    }
}
