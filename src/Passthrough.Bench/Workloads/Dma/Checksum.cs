namespace Passthrough.Bench.Workloads.Dma;

/// <summary>CRC-32 as zlib, gzip and PNG have it, so that a witness can be held against an image with ordinary tools.</summary>
internal static class Checksum
{
    private static readonly uint[] _table = Table();

    /// <summary>Of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> data)
    {
        uint value = 0xFFFFFFFF;
        foreach (byte next in data)
        {
            value = _table[(byte)value ^ next] ^ (value >> 8);
        }

        return ~value;
    }

    private static uint[] Table()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
