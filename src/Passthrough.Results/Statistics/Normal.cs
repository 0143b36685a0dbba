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

    /// <summary>The value below which a share of <paramref name="p"/> lies; infinite at 0 and 1, NaN outside.</summary>
    public static double Inverse(double p)
    {
        if (p is not (> 0 and < 1))
        {
            return p == 0 ? double.NegativeInfinity : p == 1 ? double.PositiveInfinity : double.NaN;
        }

        // Hastings' approximation (Abramowitz and Stegun, 26.2.23), good to 4.5e-4, then Newton's steps on the exact distribution.
        double t = Math.Sqrt(-2 * Math.Log(Math.Min(p, 1 - p)));
        double x = t - ((2.515517 + (t * (0.802853 + (t * 0.010328)))) / (1 + (t * (1.432788 + (t * (0.189269 + (t * 0.001308)))))));
        x = p < 0.5 ? -x : x;
        for (int i = 0; i < 3; i++)
        {
            double density = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
            x -= density > 1e-300 ? (Cumulative(x) - p) / density : 0;
        }

        return x;
    }
}
