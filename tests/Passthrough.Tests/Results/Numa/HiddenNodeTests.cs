using CsCheck;
using Passthrough.Results.Numa;
using Xunit;

namespace Passthrough.Tests.Results.Numa;

public sealed class HiddenNodeTests
{
    private const int Rounds = 16;

    [Theory]
    [InlineData(2, 8, 14)]
    [InlineData(4, 8, 16)]
    [InlineData(1, 6, 16)]
    [InlineData(8, 4, 24)]
    public void Without_any_difference_at_most_one_machine_in_twenty_raises_a_false_alarm(int cpus, int blocks, int rounds)
    {
        const int Machines = 300;
        int alarms = 0;
        for (int machine = 0; machine < Machines; machine++)
        {
            // The practical threshold would hide alarms: without one, what is left is the test itself.
            alarms += IsAlarm(HiddenNodes.Find(Machine((_, _) => 0, cpus, blocks, rounds, noise: 0.08, seed: machine), threshold: 0).Verdict) ? 1 : 0;
        }

        Assert.InRange(alarms, 0, Machines / 20);
    }

    [Fact]
    public void With_the_threshold_false_alarms_are_rarer_still_even_on_a_machine_that_is_disturbed_in_bursts()
    {
        int alarms = 0;
        for (int machine = 0; machine < 200; machine++)
        {
            List<LatencyCell> cells = Machine((_, _) => 0, 4, 8, Rounds, noise: 0.05, seed: 1000 + machine);
            // One CPU is a third slower for a quarter of the rounds.
            int from = machine % 12;
            alarms += IsAlarm(HiddenNodes.Find([.. cells.Select(cell => cell.Cpu == 1 && cell.Round >= from && cell.Round < from + 4
                ? cell with { LatencyNs = cell.LatencyNs * 1.33 } : cell)]).Verdict) ? 1 : 0;
        }

        Assert.InRange(alarms, 0, 10);
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.08)]
    [InlineData(0.15)]
    public void Two_nodes_that_are_forty_percent_apart_are_found(double noise)
    {
        HiddenNodeAnswer answer = HiddenNodes.Find(Machine((cpu, block) => (cpu < 2) == (block % 2 == 0) ? 0 : Math.Log(1.4), 4, 8, Rounds, noise, 7));

        Assert.Equal(HiddenNodeVerdict.Nodes, answer.Verdict);
        Assert.Equal(2, answer.Groups.Count);
        Assert.Contains(answer.Groups, group => group.Cpus.SequenceEqual([0, 1]) && group.Blocks.SequenceEqual([0, 2, 4, 6]));
        Assert.Contains(answer.Groups, group => group.Cpus.SequenceEqual([2, 3]) && group.Blocks.SequenceEqual([1, 3, 5, 7]));
        Assert.InRange(1.4, answer.Affinity!.Low, answer.Affinity.High);
        Assert.StartsWith("2 groups of CPU × block: ", answer.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Planted_nodes_are_found_in_nineteen_machines_of_twenty()
    {
        int found = 0;
        for (int machine = 0; machine < 100; machine++)
        {
            HiddenNodeAnswer answer = HiddenNodes.Find(Machine((cpu, block) => (cpu == 0) == (block < 3) ? 0 : Math.Log(1.4), 2, 8, Rounds, 0.1, machine));
            found += answer.Verdict == HiddenNodeVerdict.Nodes && answer.Groups.Any(group => group.Cpus.SequenceEqual([0]) && group.Blocks.SequenceEqual([0, 1, 2])) ? 1 : 0;
        }

        Assert.InRange(found, 95, 100);
    }

    [Fact]
    public void Four_nodes_are_told_apart_whatever_their_cpus_and_blocks_are_called()
    {
        List<LatencyCell> cells = Machine((cpu, block) => cpu / 2 == block % 4 ? 0 : Math.Log(1.5), 8, 12, 24, 0.03, 5);

        HiddenNodeAnswer answer = HiddenNodes.Find([.. cells.Select(cell => cell with { Cpu = 100 - (3 * cell.Cpu), Block = 7 + cell.Block })]);

        Assert.Equal(HiddenNodeVerdict.Nodes, answer.Verdict);
        Assert.Equal(4, answer.Groups.Count);
        Assert.Contains(answer.Groups, group => group.Cpus.SequenceEqual([97, 100]) && group.Blocks.SequenceEqual([7, 11, 15]));
    }

    [Fact]
    public void A_farther_socket_with_nearer_halves_is_divided_at_both_levels()
    {
        HiddenNodeAnswer answer = HiddenNodes.Find(Machine(
            (cpu, block) => cpu / 2 == block / 2 ? 0 : cpu / 4 == block / 4 ? Math.Log(1.25) : Math.Log(2), 8, 8, 24, 0.03, 5));

        Assert.Equal(4, answer.Groups.Count);
        Assert.All(answer.Groups, group => Assert.Equal(group.Cpus, group.Blocks));
    }

    [Fact]
    public void Slower_blocks_are_said_to_be_slower_and_not_to_be_nodes()
    {
        HiddenNodeAnswer answer = HiddenNodes.Find(Machine((_, block) => block > 4 ? Math.Log(1.4) : 0, 4, 8, Rounds, 0.05, 3));

        Assert.Equal(HiddenNodeVerdict.MemoryDiffers, answer.Verdict);
        Assert.Empty(answer.Groups);
        Assert.InRange(1.4, answer.Memory!.Low, answer.Memory.High);
        Assert.Contains("latencies alone do not tell which", answer.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slower_cpu_is_said_to_be_slower_and_not_to_be_a_node()
    {
        HiddenNodeAnswer answer = HiddenNodes.Find(Machine((cpu, _) => cpu == 2 ? Math.Log(1.5) : 0, 4, 8, Rounds, 0.05, 3));

        Assert.Equal(HiddenNodeVerdict.CpusDiffer, answer.Verdict);
        Assert.Contains("nodes do not", answer.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Small_lasting_differences_are_one_node_and_the_bound_is_told()
    {
        HiddenNodeAnswer answer = HiddenNodes.Find(Machine((_, block) => 0.03 * (block % 3), 4, 8, Rounds, 0.02, 3));

        Assert.Equal(HiddenNodeVerdict.OneNode, answer.Verdict);
        Assert.InRange(answer.NoiseFloor!.Value, 0.03, 0.10);
        Assert.StartsWith("one node as far as this can tell: ", answer.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_that_is_too_noisy_cannot_tell_and_says_how_noisy()
    {
        HiddenNodeAnswer answer = HiddenNodes.Find(Machine((_, _) => 0, 2, 4, 14, 0.6, 3));

        Assert.Equal(HiddenNodeVerdict.CannotTell, answer.Verdict);
        Assert.True(answer.NoiseFloor > 0.1);
        Assert.StartsWith("cannot tell: the noise floor is ", answer.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_few_rounds_and_a_single_block_ask_nothing()
    {
        Assert.Equal(HiddenNodeVerdict.TooLittle, HiddenNodes.Find([]).Verdict);
        Assert.Equal(HiddenNodeVerdict.TooLittle, HiddenNodes.Find(Machine((_, _) => 0, 4, 8, 13, 0.05, 1)).Verdict);
        HiddenNodeAnswer answer = HiddenNodes.Find(Machine((_, _) => 0, 1, 1, Rounds, 0.05, 1));
        Assert.Equal(HiddenNodeVerdict.TooLittle, answer.Verdict);
        Assert.Null(answer.NoiseFloor);
    }

    [Fact]
    public void A_round_that_lacks_a_measurement_does_not_count()
    {
        List<LatencyCell> cells = Machine((cpu, block) => cpu == block ? 0 : Math.Log(1.4), 2, 2, 16, 0.02, 1);
        cells.Remove(cells.First(cell => cell.Round == 3));
        cells[cells.FindIndex(cell => cell.Round == 5)] = cells.First(cell => cell.Round == 5) with { LatencyNs = double.NaN };

        HiddenNodeAnswer answer = HiddenNodes.Find(cells);

        Assert.Equal(14, answer.Rounds);
        Assert.Equal(HiddenNodeVerdict.Nodes, answer.Verdict);
    }

    [Fact]
    public void The_answer_is_in_the_ratios_and_neither_in_the_unit_nor_in_a_drift_of_all() =>
        Gen.Select(Gen.Int[0, 1000], Gen.Double[0.01, 1000]).Sample(
            (seed, unit) =>
            {
                List<LatencyCell> cells = Machine((cpu, block) => cpu == block % 2 ? 0 : Math.Log(1.3), 2, 6, 14, 0.1, seed);
                HiddenNodeAnswer plain = HiddenNodes.Find(cells);
                HiddenNodeAnswer other = HiddenNodes.Find([.. cells.Select(cell => cell with { LatencyNs = cell.LatencyNs * unit * (1 + (cell.Round * 0.2)) })]);

                Assert.Equal(plain.Verdict, other.Verdict);
                Assert.Equal(plain.NoiseFloor!.Value, other.NoiseFloor!.Value, 9);
            },
            iter: 50);

    private static bool IsAlarm(HiddenNodeVerdict verdict) =>
        verdict is HiddenNodeVerdict.Nodes or HiddenNodeVerdict.MemoryDiffers or HiddenNodeVerdict.CpusDiffer;

    /// <summary>Latencies about 100 ns: a planted logarithm, and noise with a tail to the slow side as a scheduler's is.</summary>
    private static List<LatencyCell> Machine(Func<int, int, double> planted, int cpus, int blocks, int rounds, double noise, int seed)
    {
        var random = new Random(seed);
        var cells = new List<LatencyCell>();
        for (int round = 0; round < rounds; round++)
        {
            double level = 0.1 * Normal(random);
            for (int cpu = 0; cpu < cpus; cpu++)
            {
                for (int block = 0; block < blocks; block++)
                {
                    double tail = random.NextDouble() < 0.05 ? random.NextDouble() : 0;
                    cells.Add(new LatencyCell(cpu, block, round, 100 * Math.Exp(planted(cpu, block) + level + (noise * Normal(random)) + tail)));
                }
            }
        }

        return cells;
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
