using Tmds.Linux;

namespace Passthrough.Bench.Native;

/// <content>Calls of the storage workloads.</content>
internal sealed unsafe partial class LinuxSystemCalls
{
    private const int CurrentFolder = -100;
    // STATX_BASIC_STATS | STATX_DIOALIGN.
    private const int StatusMask = 0x7ff | 0x2000;

    private static int StatusNumber => IsX64 ? 332 : 291;

    /// <inheritdoc />
    public int Status(string path, out PathStatus status)
    {
        status = default;
        byte[] name = Terminated(path);
        // struct statx, 256 bytes, the same on every architecture; read as 64-bit words for its alignment.
        ulong* words = stackalloc ulong[32];
        // Safe: the name ends with a zero byte, and the kernel writes at most the 256 bytes of the struct.
        fixed (byte* pointer = name)
        {
            int result = Result((long)LibC.syscall(StatusNumber, CurrentFolder, (void*)pointer, 0, StatusMask, (void*)words, 0));
            if (result < 0)
            {
                return result;
            }
        }

        byte* bytes = (byte*)words;
        uint* halves = (uint*)words;
        status = PathStatus.Of(
            *(ushort*)(bytes + 28),
            (long)words[5],
            (long)words[6],
            (halves[32], halves[33]),
            (halves[34], halves[35]),
            (halves[0] & 0x2000) != 0 ? halves[39] : 0);
        return 0;
    }
}
