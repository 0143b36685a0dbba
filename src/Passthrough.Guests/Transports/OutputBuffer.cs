using System.Buffers;
using CliWrap;

namespace Passthrough.Guests.Transports;

/// <summary>Keeps the first bytes of a stream and reads the rest away, so that what a guest says cannot fill this machine's memory.</summary>
internal sealed class OutputBuffer(int limit)
{
    private readonly ArrayBufferWriter<byte> _kept = new();

    /// <summary>For a child process.</summary>
    public PipeTarget Target => PipeTarget.Create(CopyAsync);

    /// <summary>What was kept so far.</summary>
    public byte[] Bytes => _kept.WrittenSpan.ToArray();

    private async Task CopyAsync(Stream from, CancellationToken cancel)
    {
        byte[] buffer = new byte[64 << 10];
        int count;
        while ((count = await from.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0)
        {
            _kept.Write(buffer.AsSpan(0, Math.Min(count, limit - _kept.WrittenCount)));
        }
    }
}
