namespace Passthrough.Results.Statistics;

/// <summary>The standard normal distribution.</summary>
public static class Normal
{
    /// <summary>Probability of a value of <paramref name="x"/> or less, to about 1e-15 absolute.</summary>
    public static double Cumulative(double x)
    {
        if (double.IsNaN(x))
        {
            return double.NaN;
        }

        if (Math.Abs(x) > 8.3)
        {
            return x < 0 ? 0 : 1;
        }

        // Φ(x) = 1/2 + φ(x) (x + x³/3 + x⁵/(3·5) + …): every term has the sign of x, so nothing cancels.
        double term = x;
        double sum = x;
        for (int odd = 3; Math.Abs(term) > Math.Abs(sum) * 1e-17; odd += 2)
        {
            term *= x * x / odd;
            sum += term;
        }

        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }
}
