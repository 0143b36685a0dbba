using Passthrough.Results.Statistics;

namespace Passthrough.Benchmarks.Simulating;

/// <summary>How the runs of a simulated machine scatter.</summary>
public enum NoiseKind
{
    /// <summary>Normal on the log scale.</summary>
    Lognormal,

    /// <summary>Student's t with three degrees of freedom on the log scale: now and then a run is far off.</summary>
    HeavyTailed,

    /// <summary>Lognormal around a level that falls by five spreads over the study and wanders besides.</summary>
    Drifting,
}

/// <summary>The values of one simulated study, run after run in the order of running.</summary>
public sealed class Noise(NoiseKind kind, double spread, int runs, SeededRandom random)
{
    private double _wander;
    private int _run;

    /// <summary>Logarithm of the next run's factor.</summary>
    public double Next()
    {
        double own = random.NextNormal();
        if (kind == NoiseKind.HeavyTailed)
        {
            double squares = Square() + Square() + Square();
            own /= Math.Sqrt(squares / 3);
        }

        double level = 0;
        if (kind == NoiseKind.Drifting)
        {
            _wander += 0.3 * random.NextNormal();
            level = _wander - (5.0 * _run / runs);
        }

        _run++;
        return spread * (own + level);
    }

    private double Square()
    {
        double value = random.NextNormal();
        return value * value;
    }
}
