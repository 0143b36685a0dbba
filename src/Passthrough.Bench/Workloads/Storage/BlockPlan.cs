using System.Globalization;
using Passthrough.Bench.Engine;

namespace Passthrough.Bench.Workloads.Storage;

/// <summary>What a block workload does, checked; nothing is opened.</summary>
internal sealed record BlockPlan
{
    // The kernel registers at most one gibibyte as one buffer (io_uring/rsrc.c).
    private const long MostBufferBytes = 1L << 30;

    /// <summary>Bytes of one operation.</summary>
    public required int BlockBytes { get; init; }

    /// <summary>Operations in flight at most.</summary>
    public required int Depth { get; init; }

    /// <summary>Completions taken, and operations submitted in their place, by one call at most.</summary>
    public required int Batch { get; init; }

    /// <summary>Random places; else one after the other.</summary>
    public required bool IsRandom { get; init; }

    /// <summary>Seed of places, mix and arrivals.</summary>
    public required long Seed { get; init; }

    /// <summary>CPU of the submitting thread.</summary>
    public int? Cpu { get; init; }

    /// <summary>Reads out of a hundred operations.</summary>
    public int ReadPercent { get; init; } = 100;

    /// <summary>The device is polled for completions.</summary>
    public bool IsPolled { get; init; }

    /// <summary>When operations start.</summary>
    public Arrival Arrival { get; init; } = Arrival.Closed;

    /// <summary>Operations a second of an open loop.</summary>
    public double RatePerSecond { get; init; }

    /// <summary>The plan of dma.nvme.read: all completions that are there are taken and replaced by one call.</summary>
    public static BlockPlan OfNvmeRead(ParameterSet parameters)
    {
        BlockPlan plan = Common(parameters);
        return plan with { Batch = plan.Depth };
    }

    /// <summary>The plan of block.io and block.io.latency.</summary>
    public static BlockPlan Of(ParameterSet parameters, bool hasArrival)
    {
        string rw = parameters.Choice("rw", "read", "write", "mix");
        int percent = (int)parameters.Number("readPercent", 0, 100);
        BlockPlan plan = Common(parameters) with
        {
            ReadPercent = rw switch { "read" => 100, "write" => 0, _ => percent },
            IsPolled = parameters.Choice("polled", "no", "yes") == "yes",
        };
        if (!hasArrival)
        {
            return plan with { Batch = (int)parameters.Number("batch", 1, plan.Depth) };
        }

        Arrival arrival = parameters.Choice("arrival", "closed", "fixed", "poisson") switch
        {
            "fixed" => Arrival.Fixed,
            "poisson" => Arrival.Poisson,
            _ => Arrival.Closed,
        };
        long rate = parameters.Number("ratePerSecond", 0, 100_000_000);
        if ((arrival == Arrival.Closed) != (rate == 0))
        {
            throw parameters.Wrong("ratePerSecond", arrival == Arrival.Closed
                ? "0 while arrival is closed, where the device sets the pace; choose arrival=fixed or arrival=poisson"
                : "above 0 with arrival fixed or poisson");
        }

        return plan.IsPolled && arrival != Arrival.Closed
            ? throw parameters.Wrong("polled", "\"no\" with arrival fixed or poisson: there the thread watches the clock, not the device")
            : plan with { Arrival = arrival, RatePerSecond = rate };
    }

    /// <summary>What a run with these parameters overwrites; null for a run that only reads.</summary>
    public static Overwriting? Overwrites(IReadOnlyDictionary<string, string> given)
    {
        if (!given.TryGetValue("rw", out string? rw) || rw.Trim() == "read")
        {
            return null;
        }

        string target = given.TryGetValue("device", out string? device) ? device.Trim() : ParameterSet.First;
        return new Overwriting(target, target.StartsWith('/'));
    }

    private static BlockPlan Common(ParameterSet parameters)
    {
        var plan = new BlockPlan
        {
            BlockBytes = (int)parameters.Multiple("blockSize", 512, 16 << 20),
            Depth = (int)parameters.Number("depth", 1, 1024),
            Batch = 1,
            IsRandom = parameters.Choice("pattern", "random", "sequential") == "random",
            Seed = parameters.Number("seed", 0, long.MaxValue),
            Cpu = parameters.OptionalNumber("cpu"),
        };
        return (long)plan.BlockBytes * plan.Depth <= MostBufferBytes
            ? plan
            : throw parameters.Wrong("depth", string.Create(CultureInfo.InvariantCulture,
                $"at most {MostBufferBytes / plan.BlockBytes} with blocks of {plan.BlockBytes} bytes, since one gibibyte can be in flight"));
    }
}

/// <summary>When operations start.</summary>
internal enum Arrival
{
    /// <summary>When an earlier one has ended.</summary>
    Closed,

    /// <summary>At equal distances.</summary>
    Fixed,

    /// <summary>At random, independent of one another, with a mean rate.</summary>
    Poisson,
}
