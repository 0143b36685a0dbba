namespace Passthrough.Study.Numa;

/// <summary>Items in a random order of their own in each block, so that what drifts falls on all of them alike.</summary>
internal static class RandomOrder
{
    /// <summary>Every item once a block. The same seed gives the same order.</summary>
    public static IEnumerable<(int Block, T Item)> Blocks<T>(IReadOnlyList<T> items, int blocks, long seed)
    {
        ulong state = unchecked((ulong)seed);
        for (int block = 0; block < blocks; block++)
        {
            T[] order = [.. items];
            Schedule.Shuffle(order, ref state);
            foreach (T item in order)
            {
                yield return (block, item);
            }
        }
    }
}
