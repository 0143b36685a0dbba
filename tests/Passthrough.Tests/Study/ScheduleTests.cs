using CsCheck;
using Passthrough.Study;
using Xunit;

namespace Passthrough.Tests.Study;

public sealed class ScheduleTests
{
    [Fact]
    public void The_same_seed_gives_the_same_order() => Assert.Equal(Schedule.Make(4, 6, 42), Schedule.Make(4, 6, 42));

    [Fact]
    public void Another_seed_gives_another_order() => Assert.NotEqual(Schedule.Make(4, 6, 42), Schedule.Make(4, 6, 43));

    [Fact]
    public void Every_block_holds_every_factor_under_every_variant_once()
    {
        foreach (IGrouping<int, ScheduledRun> block in Schedule.Make(3, 5, 7).GroupBy(run => run.Block))
        {
            Assert.Equal(9, block.Distinct().Count());
            Assert.Equal(9, block.Count());
        }
    }

    [Fact]
    public void No_variant_always_runs_first()
    {
        List<string> first = [.. Schedule.Make(1, 60, 3).Chunk(3).Select(block => block[0].Variant)];
        foreach (string variant in new[] { Schedule.Untuned, Schedule.Tuned, Schedule.UntunedAgain })
        {
            Assert.InRange(first.Count(name => name == variant), 8, 35);
        }
    }

    [Fact]
    public void Interleaved_items_run_once_a_block_in_an_order_that_the_seed_gives() =>
        Gen.Select(Gen.Int[0, 12], Gen.Int[1, 8], Gen.Long).Sample((items, blocks, seed) =>
        {
            IReadOnlyList<(int Block, int Item)> runs = Schedule.Interleave(items, blocks, seed);
            Assert.Equal(runs, Schedule.Interleave(items, blocks, seed));
            Assert.Equal(Enumerable.Range(0, blocks).SelectMany(block => Enumerable.Repeat(block, items)), runs.Select(run => run.Block));
            Assert.All(runs.GroupBy(run => run.Block), block => Assert.Equal(Enumerable.Range(0, items), block.Select(run => run.Item).Order()));
        });
}
