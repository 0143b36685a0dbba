using System.Text;

namespace Passthrough.Guests.Qemu;

/// <summary>Follows growing text files and hands on every complete line.</summary>
internal sealed class OutputTail(IReadOnlyList<string> paths, Action<string> onLine)
{
    private readonly (string Path, MemoryStream Unfinished)[] _files = [.. paths.Select(path => (path, new MemoryStream()))];
    private readonly long[] _positions = new long[paths.Count];

    /// <summary>Follows until <paramref name="ended"/> is done, then hands on what is left, an unfinished last line included.</summary>
    public async Task FollowAsync(Task ended)
    {
        while (!ended.IsCompleted)
        {
            ReadMore();
            await Task.WhenAny(ended, Task.Delay(100)).ConfigureAwait(false);
        }

        ReadMore();
        foreach ((_, MemoryStream rest) in _files)
        {
            if (rest.Length > 0)
            {
                onLine(Encoding.UTF8.GetString(rest.ToArray()));
            }
        }
    }

    private void ReadMore()
    {
        for (int index = 0; index < _files.Length; index++)
        {
            if (!File.Exists(_files[index].Path))
            {
                continue;
            }

            using var file = new FileStream(_files[index].Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            file.Position = _positions[index];
            var buffer = new byte[64 * 1024];
            int count;
            while ((count = file.Read(buffer)) > 0)
            {
                _positions[index] += count;
                HandOn(buffer.AsSpan(0, count), _files[index].Unfinished);
            }
        }
    }

    // Bytes are cut at line ends before they are decoded, so that a character on the edge of a read stays whole.
    private void HandOn(ReadOnlySpan<byte> bytes, MemoryStream rest)
    {
        int end;
        while ((end = bytes.IndexOf((byte)'\n')) >= 0)
        {
            rest.Write(bytes[..end]);
            string line = Encoding.UTF8.GetString(rest.ToArray());
            rest.SetLength(0);
            onLine(line);
            bytes = bytes[(end + 1)..];
        }

        rest.Write(bytes);
    }
}
