using System.Buffers;
using System.Globalization;
using System.Text;

namespace Passthrough.Bench.Native;

/// <summary>Text of /proc and /sys through the seam: those files lie about their length, so they are read until their end.</summary>
internal static class SystemFiles
{
    /// <summary>The file's text, or null when it could not be read.</summary>
    public static string? ReadText(this ISystemCalls system, string path)
    {
        int descriptor = system.Open(path, LinuxFlags.ReadOnly);
        if (descriptor < 0)
        {
            return null;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            int filled = 0;
            while (true)
            {
                if (filled == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.CopyTo(larger, 0);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                nint count = system.Read(descriptor, buffer.AsSpan(filled));
                if (count <= 0)
                {
                    return count == 0 ? Encoding.UTF8.GetString(buffer, 0, filled) : null;
                }

                filled += (int)count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _ = system.Close(descriptor);
        }
    }

    /// <summary>A decimal number, or null when it could not be read.</summary>
    public static long? ReadNumber(this ISystemCalls system, string path) =>
        long.TryParse(system.ReadText(path), NumberStyles.Integer, CultureInfo.InvariantCulture, out long value) ? value : null;

    /// <summary>The last name of a link's target, or null when there is no such link.</summary>
    public static string? ReadLinkName(this ISystemCalls system, string path) =>
        system.ReadLink(path, out string target) == 0 && target.Length > 0 ? target[(target.LastIndexOf('/') + 1)..] : null;
}
