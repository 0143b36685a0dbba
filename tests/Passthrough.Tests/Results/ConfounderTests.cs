using Passthrough.Results;
using Xunit;
using static Passthrough.Tests.Results.Documents;

namespace Passthrough.Tests.Results;

public sealed class ConfounderTests
{
    private static readonly RunConditions _quiet = new() { Governor = "performance", LoadAverage = 0.1, FrequencyHz = 3_000_000_000, StealTicks = 0 };

    [Fact]
    public void Equal_conditions_and_unknown_ones_are_no_confounders()
    {
        Assert.Empty(Confounders(_ => _quiet, _ => _quiet));
        Assert.Empty(Confounders(_ => _quiet, _ => null));
        Assert.Empty(Confounders(_ => null, _ => new RunConditions()));
    }

    [Fact]
    public void What_differs_between_the_sides_is_listed()
    {
        Assert.Equal(
            [
                new Confounder("governor", "performance", "powersave"),
                new Confounder("turbo", "allowed", "allowed | off"),
                new Confounder("CPU frequency", "3 GHz", "2.4 GHz"),
                new Confounder("load average", "0.1", "1.5"),
            ],
            Confounders(_ => _quiet with { Turbo = true },
                i => _quiet with { Governor = "powersave", Turbo = i % 2 == 0, FrequencyHz = 2_400_000_000, LoadAverage = 1.5, TemperatureC = 50 }));
    }

    [Fact]
    public void Readings_that_scatter_alike_are_no_confounders() =>
        Assert.Empty(Confounders(i => _quiet with { LoadAverage = i * 0.1 }, i => _quiet with { LoadAverage = i * 0.11 }));

    [Fact]
    public void Rejected_and_unsteady_runs_are_listed_with_their_rule_and_disturbed_ones_told()
    {
        WorkloadRun[] untuned = [.. Runs("untuned", Around(100))];
        WorkloadRun[] tuned = [.. Runs("tuned", Around(80))];
        untuned[2] = untuned[2] with { Rejected = "no operation completed in the measured stage", Value = null };
        tuned[0] = tuned[0] with { Unsteady = "did not reach a steady state", JitMethods = 3, AllocatedBytes = 0 };
        tuned[1] = tuned[1] with { AllocatedBytes = 24 };

        Comparison one = Comparer.CompareVariants(Of([.. untuned, .. tuned])).Comparisons[0];

        Assert.Equal([new RejectedRun("untuned", 2, 2, "no operation completed in the measured stage")], one.RejectedRuns);
        Assert.Equal(new RunCounts(0, 1), one.Unsteady);
        Assert.Contains(one.Notes, note => note.StartsWith("In 1 of 19 runs methods were compiled", StringComparison.Ordinal));
        Assert.Contains(one.Notes, note => note.StartsWith("In 1 of 19 runs the measured loop allocated", StringComparison.Ordinal));
    }

    private static IReadOnlyList<Confounder> Confounders(Func<int, RunConditions?> before, Func<int, RunConditions?> after) =>
        Comparer.CompareVariants(Of(
        [
            .. Runs("untuned", Around(100)).Select((run, i) => run with { Conditions = before(i) }),
            .. Runs("tuned", Around(80)).Select((run, i) => run with { Conditions = after(i) }),
        ])).Comparisons[0].Confounders;
}
