namespace Passthrough.Study;

/// <summary>
/// Randomised interleaved order: in each block every factor runs once under each variant, factors and variants shuffled
/// anew. The A/A pair ("untuned" and "untuned-again") goes through the very same schedule, so its spread is the noise
/// floor. Source of the method: Abedi and Brecht, "Conducting repeatable experiments in highly variable cloud computing
/// environments", ICPE 2017.
/// </summary>
public static class Schedule
{
    /// <summary>The setting before.</summary>
    public const string Untuned = "untuned";

    /// <summary>The setting after.</summary>
    public const string Tuned = "tuned";

    /// <summary>The setting before, run a second time in each block.</summary>
    public const string UntunedAgain = "untuned-again";

    /// <summary>All runs in order. The same seed gives the same order.</summary>
    /// <param name="factors">How many factors.</param>
    /// <param name="blocks">How many blocks.</param>
    /// <param name="seed">Seed.</param>
    public static IReadOnlyList<ScheduledRun> Make(int factors, int blocks, long seed)
    {
        ulong state = unchecked((ulong)seed);
        var runs = new List<ScheduledRun>(factors * blocks * 3);
        for (int block = 0; block < blocks; block++)
        {
            int[] order = [.. Enumerable.Range(0, factors)];
            Shuffle(order, ref state);
            foreach (int factor in order)
            {
                string[] variants = [Untuned, Tuned, UntunedAgain];
                Shuffle(variants, ref state);
                runs.AddRange(variants.Select(variant => new ScheduledRun(block, factor, variant)));
            }
        }

        return runs;
    }

    /// <summary>Each item once in each block, shuffled anew in every block. The same seed gives the same order.</summary>
    /// <param name="items">How many items.</param>
    /// <param name="blocks">How many blocks.</param>
    /// <param name="seed">Seed.</param>
    public static IReadOnlyList<(int Block, int Item)> Interleave(int items, int blocks, long seed)
    {
        ulong state = unchecked((ulong)seed);
        var runs = new List<(int, int)>(items * blocks);
        for (int block = 0; block < blocks; block++)
        {
            int[] order = [.. Enumerable.Range(0, items)];
            Shuffle(order, ref state);
            int current = block;
            runs.AddRange(order.Select(item => (current, item)));
        }

        return runs;
    }

    internal static void Shuffle<T>(T[] items, ref ulong state)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)(Next(ref state) % (ulong)(i + 1));
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    // SplitMix64: System.Random does not promise the same sequence for a seed across versions, and the order of a
    // stored study must be reproducible.
    private static ulong Next(ref ulong state)
    {
        state += 0x9e3779b97f4a7c15;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}

/// <summary>One run of the schedule.</summary>
public sealed record ScheduledRun(int Block, int Factor, string Variant);
