namespace Passthrough.Results.Statistics;

/// <summary>Holm's step-down correction for several tests. Source: Holm, Scandinavian Journal of Statistics 6 (1979).</summary>
public static class Holm
{
    /// <summary>Adjusted probabilities in the order given: reject where one is at or below the level.</summary>
    public static IReadOnlyList<double> Adjust(IReadOnlyList<double> probabilities)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        var adjusted = new double[probabilities.Count];
        double running = 0;
        int step = 0;
        foreach (int index in Enumerable.Range(0, probabilities.Count).OrderBy(i => probabilities[i]))
        {
            running = Math.Max(running, Math.Min(1, (probabilities.Count - step) * probabilities[index]));
            adjusted[index] = running;
            step++;
        }

        return adjusted;
    }
}
