using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Passthrough.Bench.Workloads.Memory;

/// <summary>
/// The triad a[i] = b[i] + s * c[i] over doubles, with stores that pass the caches by: an ordinary store reads its line from
/// memory first, which would be a fourth array that nobody counts.
/// </summary>
internal static unsafe class TriadKernel
{
    /// <summary>The factor s.</summary>
    public const double Factor = 3.0;

    /// <summary>Doubles of the longest step; parts are whole multiples of it.</summary>
    private const int Step = 8;

    /// <summary>
    /// Bits of the widest vectors this processor and this build offer such stores for; 0 for none. The published program is
    /// compiled ahead of time for every x86-64-v2 processor, where the compiler answers "no" to AVX for good: it is 128 there,
    /// and four stores of 128 bits fill a line just as well as one of 512.
    /// </summary>
    public static int WidestBits => Avx512F.IsSupported ? 512 : Avx.IsSupported ? 256 : Sse2.IsSupported ? 128 : 0;

    /// <summary>One pass over a part: addresses aligned to 64 bytes, the count a multiple of 8.</summary>
    public static void Run(double* a, double* b, double* c, long count, int vectorBits)
    {
        // Safe: the caller owns three arrays of so many doubles each, and the instructions were asked for above.
        switch (vectorBits)
        {
            case 512:
                Run512(a, b, c, count);
                break;
            case 256:
                Run256(a, b, c, count);
                break;
            case 128:
                Run128(a, b, c, count);
                break;
            default:
                RunPlain(a, b, c, count);
                break;
        }
    }

    private static void Run512(double* a, double* b, double* c, long count)
    {
        Vector512<double> factor = Vector512.Create(Factor);
        for (long i = 0; i < count; i += Step)
        {
            Avx512F.StoreAlignedNonTemporal(a + i,
                Avx512F.Add(Avx512F.LoadAlignedVector512(b + i), Avx512F.Multiply(factor, Avx512F.LoadAlignedVector512(c + i))));
        }

        // Such stores are weakly ordered: without the fence a pass could end before they reach memory.
        Sse.StoreFence();
    }

    private static void Run256(double* a, double* b, double* c, long count)
    {
        Vector256<double> factor = Vector256.Create(Factor);
        for (long i = 0; i < count; i += Step)
        {
            Avx.StoreAlignedNonTemporal(a + i, Avx.Add(Avx.LoadAlignedVector256(b + i), Avx.Multiply(factor, Avx.LoadAlignedVector256(c + i))));
            Avx.StoreAlignedNonTemporal(a + i + 4,
                Avx.Add(Avx.LoadAlignedVector256(b + i + 4), Avx.Multiply(factor, Avx.LoadAlignedVector256(c + i + 4))));
        }

        Sse.StoreFence();
    }

    private static void Run128(double* a, double* b, double* c, long count)
    {
        Vector128<double> factor = Vector128.Create(Factor);
        for (long i = 0; i < count; i += Step)
        {
            for (int j = 0; j < Step; j += 2)
            {
                Sse2.StoreAlignedNonTemporal(a + i + j,
                    Sse2.Add(Sse2.LoadAlignedVector128(b + i + j), Sse2.Multiply(factor, Sse2.LoadAlignedVector128(c + i + j))));
            }
        }

        Sse.StoreFence();
    }

    private static void RunPlain(double* a, double* b, double* c, long count)
    {
        for (long i = 0; i < count; i++)
        {
            a[i] = b[i] + (Factor * c[i]);
        }
    }
}
