using CsCheck;
using Passthrough.Results;
using Passthrough.Results.Statistics;
using Passthrough.Results.Sweeps;
using Xunit;
using static Passthrough.Tests.Results.Documents;

namespace Passthrough.Tests.Results.Sweeps;

public sealed class SweepTests
{
    private static readonly double[] _sizes = [1, 2, 4, 8, 16, 32, 64];

    [Fact]
    public void A_document_of_variants_holds_no_sweep() =>
        Assert.Empty(Sweep.Of(Of([.. Runs("untuned", Around(100)), .. Runs("tuned", Around(80))])));

    [Fact]
    public void Cells_are_ascending_by_number_and_keep_their_text_and_rejected_runs()
    {
        WorkloadRun[] runs = [.. Made(_ => 5, values: [10, 9, 100]).SelectMany(run => new[] { run })];
        runs[0] = runs[0] with { Rejected = "a rule", Value = null };
        Sweep sweep = Assert.Single(Sweep.Of(Of(runs)));

        Assert.Equal(["9", "10", "100"], sweep.Cells.Select(cell => cell.Text));
        Assert.Equal([8, 7, 8], sweep.Cells.Select(cell => cell.Values.Count));
        Assert.Equal(8, sweep.Cells[1].Runs.Count);
        Assert.Equal(("sizeBytes", "memory.chase"), (sweep.Parameter, sweep.Workload));
        Assert.Empty(sweep.Others);
    }

    [Fact]
    public void A_matrix_gives_a_family_of_curves_and_two_values_are_none()
    {
        WorkloadRun[] runs = [.. new[] { "4k", "2m" }.SelectMany(pages => Made(x => x, pages: pages))];
        IReadOnlyList<Sweep> sweeps = Sweep.Of(Of(runs));

        Assert.Equal(["pages=4k", "pages=2m"], sweeps.Select(sweep => string.Join(' ', sweep.Others.Select(pair => $"{pair.Key}={pair.Value}"))));
        Assert.All(sweeps, sweep => Assert.Equal(7, sweep.Cells.Count));
        Assert.Empty(Sweep.Of(Of(Made(x => x, values: [1, 2]))));
    }

    [Fact]
    public void A_level_that_does_not_change_has_no_knee_and_no_slope()
    {
        CurveFinding finding = Find(_ => 100);

        Assert.Null(finding.Knee);
        Assert.Equal(CurveShape.Constant, finding.Shape);
        Assert.InRange(0, finding.SlopeLow!.Value, finding.SlopeHigh!.Value);
    }

    [Fact]
    public void A_power_law_has_a_slope_and_no_knee()
    {
        CurveFinding finding = Find(x => 100 * Math.Sqrt(x));

        Assert.Null(finding.Knee);
        Assert.Equal(CurveShape.Line, finding.Shape);
        Assert.InRange(finding.Slope!.Value, 0.48, 0.52);
    }

    [Fact]
    public void A_step_is_found_after_its_last_value()
    {
        CurveFinding finding = Find(x => x <= 8 ? 100 : 160);

        Assert.Equal(CurveShape.Step, finding.Shape);
        Assert.Equal(8, finding.Knee!.Value, 6);
        Assert.InRange(8, finding.Low!.Value - 1e-9, finding.High!.Value + 1e-9);
    }

    [Fact]
    public void A_saturation_bends_where_it_begins()
    {
        CurveFinding finding = Find(x => 1000 * Math.Min(x, 16));

        Assert.Equal(CurveShape.Bend, finding.Shape);
        Assert.Equal(16, finding.Knee!.Value, 6);
    }

    [Fact]
    public void Noise_alone_seldom_has_a_knee()
    {
        int knees = Enumerable.Range(0, 40).Count(seed => Find(_ => 100, spread: 0.05, seed: seed).Knee is not null);

        Assert.InRange(knees, 0, 2);
    }

    [Fact]
    public void Drift_between_blocks_hides_no_knee()
    {
        Sweep sweep = Assert.Single(Sweep.Of(Of(Made(x => x <= 8 ? 100 : 104, spread: 0.002).Select(run => run with { Value = run.Value * Math.Exp(run.Block * 0.2) }))));

        Assert.Equal(8, Curve.Find(sweep)!.Knee!.Value, 6);
    }

    [Fact]
    public void Too_few_values_or_blocks_say_so()
    {
        Sweep few = Assert.Single(Sweep.Of(Of(Made(x => x, values: [1, 2, 3]))));
        Sweep short1 = Assert.Single(Sweep.Of(Of(Made(x => x, blocks: 5))));

        Assert.Null(Curve.Find(few));
        Assert.Null(Curve.Find(short1));
        Assert.Contains("from 5 values on", SweepText.Finding(few), StringComparison.Ordinal);
        Assert.Contains("from 6 blocks on", SweepText.Finding(short1), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_paid_once_a_batch_is_found_from_the_rates() => Gen.Select(Gen.Double[50, 5000], Gen.Double[100, 10_000]).Sample((cost, rest) =>
    {
        Sweep sweep = Sweep.Of(Of(Made(batch => 1e9 / (rest + (cost / batch)), spread: 0.0001, parameter: "batch", metric: "throughput")))[0];
        BatchCost found = Slope.CostOfBatch(sweep)!;
        double error = 0.0005 * (rest + cost);
        return Math.Abs(found.CostNs - cost) < error * 2 && Math.Abs(found.RestNs - rest) < error && found.Low <= found.CostNs && found.High >= found.CostNs;
    }, iter: 30);

    [Fact]
    public void The_cost_of_a_batch_is_told_in_the_sentence_and_only_of_batches()
    {
        Sweep sweep = Sweep.Of(Of(Made(batch => 1e9 / (2000 + (900 / batch)), spread: 0.0001, parameter: "batch", metric: "throughput")))[0];

        Assert.Contains("costs 90", SweepText.Finding(sweep), StringComparison.Ordinal);
        Assert.Null(Slope.CostOfBatch(Sweep.Of(Of(Made(x => x)))[0]));
    }

    private static CurveFinding Find(Func<double, double> of, double spread = 0.01, int seed = 1) =>
        Curve.Find(Assert.Single(Sweep.Of(Of(Made(of, spread: spread, seed: seed)))))!;

    private static IEnumerable<WorkloadRun> Made(Func<double, double> of, double[]? values = null, int blocks = 8, double spread = 0.01, int seed = 1,
        string? pages = null, string parameter = "sizeBytes", string metric = "latency")
    {
        var random = new SeededRandom(seed);
        for (int block = 0; block < blocks; block++)
        {
            foreach (double value in values ?? _sizes)
            {
                var parameters = new Dictionary<string, string> { [parameter] = value.ToString(System.Globalization.CultureInfo.InvariantCulture) };
                if (pages is not null)
                {
                    parameters["pages"] = pages;
                }

                yield return new WorkloadRun
                {
                    Name = "memory.chase",
                    Parameters = parameters,
                    Metric = metric,
                    Unit = metric == "latency" ? "nanoseconds" : "perSecond",
                    Variant = "only",
                    Run = block,
                    Block = block,
                    Value = of(value) * Math.Exp(spread * random.NextNormal()),
                    Samples = 100,
                    Witness = new Dictionary<string, double>(),
                };
            }
        }
    }
}
