namespace Passthrough.Bench.Workloads.Memory;

/// <summary>
/// A random cycle through memory: one pointer in every stretch of so many bytes, each naming the next, all in one cycle, so
/// that every load depends on the one before and no prefetcher can guess.
/// </summary>
internal static unsafe class ChaseMemory
{
    /// <summary>Bytes that one load brings into the cache on the processors this runs on.</summary>
    public const int LineBytes = 64;

    /// <summary>Writes the cycle into memory of whole stretches; the same seed gives the same cycle.</summary>
    /// <param name="address">First byte, aligned to a stretch.</param>
    /// <param name="bytes">Bytes of memory.</param>
    /// <param name="seed">Seed of the cycle.</param>
    /// <param name="strideBytes">
    /// Bytes of a stretch: 64, 128 or 256. More than a line keeps the fetcher of line pairs, and of sectors of four, from
    /// having loaded a later pointer already.
    /// </param>
    public static void Fill(nint address, long bytes, ulong seed, int strideBytes = LineBytes)
    {
        long pointers = bytes / strideBytes;
        // Safe, here and below: every index is below the number of stretches, and the caller owns that memory.
        for (long i = 0; i < pointers; i++)
        {
            At(address, i, strideBytes) = (nint)i;
        }

        // Sattolo's shuffle: swapping each element only with an earlier one leaves a permutation of exactly one cycle.
        ulong state = (seed << 1) + 0x9E3779B97F4A7C15;
        for (long i = pointers - 1; i > 0; i--)
        {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            long j = (long)Math.BigMul(state * 0x2545F4914F6CDD1D, (ulong)i, out _);
            (At(address, i, strideBytes), At(address, j, strideBytes)) = (At(address, j, strideBytes), At(address, i, strideBytes));
        }

        for (long i = 0; i < pointers; i++)
        {
            ref nint place = ref At(address, i, strideBytes);
            place = address + (nint)Offset(place, strideBytes);
        }
    }

    /// <summary>A pointer of the cycle to begin with.</summary>
    public static nint First(nint address, int strideBytes) => address + (nint)Offset(0, strideBytes);

    /// <summary>Follows the cycle for so many loads, a multiple of eight, and tells where it arrived.</summary>
    public static nint Follow(nint from, int loads)
    {
        nint at = from;
        // Safe: every pointer of the cycle holds the address of another one in the same memory.
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

    /// <summary>
    /// Where the pointer of a stretch lies. Always in the first line, pointers of longer stretches would use only every second
    /// or fourth set of a cache, and the cache would look that much smaller: the line within the stretch is drawn by its number.
    /// </summary>
    private static long Offset(long index, int strideBytes)
    {
        ulong drawn = ((ulong)index * 0x9E3779B97F4A7C15) >> 32;
        return (index * strideBytes) + (long)(drawn & (ulong)((strideBytes / LineBytes) - 1)) * LineBytes;
    }

    private static ref nint At(nint address, long index, int strideBytes) => ref *(nint*)(address + (nint)Offset(index, strideBytes));
}
