namespace Passthrough.Bench.Workloads.Memory;

/// <summary>
/// A random cycle through memory: one pointer at the beginning of every 64-byte line, each naming the next line, all lines in
/// one cycle, so that every load depends on the one before and no prefetcher can guess.
/// </summary>
internal static unsafe class ChaseMemory
{
    /// <summary>Bytes of a line.</summary>
    public const int LineBytes = 64;

    /// <summary>Writes the cycle into memory of whole lines; the same seed gives the same cycle.</summary>
    public static void Fill(nint address, long bytes, ulong seed)
    {
        long lines = bytes / LineBytes;
        // Safe, here and below: every index is below the number of lines, and the caller owns that memory.
        for (long i = 0; i < lines; i++)
        {
            At(address, i) = (nint)i;
        }

        // Sattolo's shuffle: swapping each element only with an earlier one leaves a permutation of exactly one cycle.
        ulong state = (seed << 1) + 0x9E3779B97F4A7C15;
        for (long i = lines - 1; i > 0; i--)
        {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            long j = (long)Math.BigMul(state * 0x2545F4914F6CDD1D, (ulong)i, out _);
            (At(address, i), At(address, j)) = (At(address, j), At(address, i));
        }

        for (long i = 0; i < lines; i++)
        {
            At(address, i) = address + (nint)(At(address, i) * LineBytes);
        }
    }

    /// <summary>Follows the cycle for so many loads, a multiple of eight, and tells where it arrived.</summary>
    public static nint Follow(nint from, int loads)
    {
        nint at = from;
        // Safe: every line of the cycle holds the address of another line of the same memory.
        for (int i = 0; i < loads; i += 8)
        {
            at = *(nint*)at;
            at = *(nint*)at;
            at = *(nint*)at;
            at = *(nint*)at;
            at = *(nint*)at;
            at = *(nint*)at;
            at = *(nint*)at;
            at = *(nint*)at;
        }

        return at;
    }

    private static ref nint At(nint address, long line) => ref *(nint*)(address + (nint)(line * LineBytes));
}
