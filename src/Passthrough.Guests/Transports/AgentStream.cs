using System.Buffers;

namespace Passthrough.Guests.Transports;

/// <summary>
/// Cuts what comes from an agent into lines. The byte 0xFF, which is in no text, precedes the answer to guest-sync-delimited: what stands
/// before it on its line is the torn end of something older and is dropped.
/// </summary>
internal sealed class AgentStream(int limit)
{
    private const byte Sentinel = 0xFF;
    private readonly Queue<(byte[] Line, bool AfterSentinel)> _lines = new();
    private readonly ArrayBufferWriter<byte> _unfinished = new();
    private bool _sentinel;

    /// <summary>More came than a line may have; what is read from now on means nothing.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Takes in what was received.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        int at;
        while ((at = bytes.IndexOfAny((byte)'\n', Sentinel)) >= 0)
        {
            Keep(bytes[..at]);
            if (bytes[at] == Sentinel)
            {
                _unfinished.ResetWrittenCount();
                _sentinel = true;
            }
            else
            {
                if (_unfinished.WrittenCount > 0)
                {
                    _lines.Enqueue((_unfinished.WrittenSpan.ToArray(), _sentinel));
                    _sentinel = false;
                }

                _unfinished.ResetWrittenCount();
            }

            bytes = bytes[(at + 1)..];
        }

        Keep(bytes);
    }

    /// <summary>The next whole line that is not empty, and whether 0xFF stood before it.</summary>
    public bool TryTake(out byte[] line, out bool afterSentinel)
    {
        bool any = _lines.TryDequeue(out (byte[] Line, bool AfterSentinel) item);
        (line, afterSentinel) = any ? item : ([], false);
        return any;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_unfinished.WrittenCount + bytes.Length > limit)
        {
            Overflowed = true;
            return;
        }

        _unfinished.Write(bytes);
    }
}
