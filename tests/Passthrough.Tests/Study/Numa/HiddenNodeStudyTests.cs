using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads.Memory;
using Passthrough.Cli.Output;
using Passthrough.Cli.Verbs;
using Passthrough.Results;
using Passthrough.Results.Numa;
using Passthrough.Study.Numa;
using Passthrough.Tests.Bench.Engine;
using Passthrough.Tests.Bench.Native;
using Passthrough.Tests.Diagnosis;
using Xunit;

namespace Passthrough.Tests.Study.Numa;

[Collection(Measuring.Name)]
public sealed class HiddenNodeStudyTests
{
    [Fact]
    public void Every_cpu_meets_every_block_in_every_round_and_the_text_says_what_follows()
    {
        ResultsDocument document = HiddenNodeStudy.Run(Models.Blank, new HiddenNodeOptions
        {
            Cpus = [0],
            MemoryBlocks = 3,
            SizeBytes = 2 << 20,
            SpreadPercent = 0,
            Rounds = 4,
            Measure = TimeSpan.FromMilliseconds(1),
            Version = "0",
        });

        Assert.Equal(12, document.Workloads.Count);
        Assert.All(document.Workloads.GroupBy(run => run.Block), round => Assert.Equal(["0", "1", "2"], round.Select(run => run.Parameters["block"]).Order(StringComparer.Ordinal)));
        IReadOnlyList<LatencyCell> cells = HiddenNodeStudy.Cells(document);
        Assert.All(cells, cell => Assert.InRange(cell.LatencyNs, 0.1, 100_000));
        HiddenNodeAnswer answer = HiddenNodes.Find(cells);
        Assert.Equal(HiddenNodeVerdict.TooLittle, answer.Verdict);
        string text = Terminal.Plain(console => NumaText.Draw(console, document, answer));
        Assert.Contains("CPU 0", text, StringComparison.Ordinal);
        Assert.Contains(answer.Sentence, text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_lies_between_the_blocks_is_given_back_and_the_blocks_stay_until_disposed()
    {
        using var kernel = new FakeSystemCalls();
        using (MemoryBlocks blocks = MemoryBlocks.Allocate(kernel, 3, 2 << 20, 8 << 20))
        {
            Assert.Equal(3, blocks.Count);
            Assert.Equal(3, kernel.Mappings);
        }

        Assert.Equal(0, kernel.Mappings);
    }

    [Fact]
    public void Memory_that_runs_out_between_the_blocks_leaves_nothing_taken()
    {
        using var kernel = new FakeSystemCalls();
        int populated = 0;
        kernel.OnAdvise = advice => advice == LinuxFlags.AdvisePopulateWrite && ++populated == 4 ? -Errno.ENOMEM : 0;

        Assert.Throws<BenchException>(() => MemoryBlocks.Allocate(kernel, 3, 2 << 20, 8 << 20));

        Assert.Equal(0, kernel.Mappings);
    }

    [SkippableFact]
    public void Root_is_told_where_a_block_begins_and_blocks_begin_at_different_places()
    {
        using MemoryBlocks blocks = MemoryBlocks.Allocate(2, 2 << 20, 0);
        Skip.If(blocks.PhysicalAddress(0) is null, "the kernel tells physical addresses to root alone");
        Assert.NotEqual(blocks.PhysicalAddress(0), blocks.PhysicalAddress(1));
        Assert.Equal(0, blocks.PhysicalAddress(1) % 4096);
    }

    [Fact]
    public void A_kernel_that_tells_no_places_leaves_them_unknown()
    {
        using var kernel = new FakeSystemCalls();
        using MemoryBlocks blocks = MemoryBlocks.Allocate(kernel, 1, 2 << 20, 0);
        Assert.Null(blocks.PhysicalAddress(0));

        // An entry of nothing but zeros is a page whose place is withheld.
        kernel.Files["/proc/self/pagemap"] = "";
        Assert.Null(blocks.PhysicalAddress(0));
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Many_cpus_are_thinned_to_sixteen_with_the_first_and_the_last()
    {
        IReadOnlyList<int> chosen = HiddenNodeStudy.Spread([.. Enumerable.Range(0, 96)]);

        Assert.Equal(16, chosen.Distinct().Count());
        Assert.Equal(0, chosen[0]);
        Assert.Equal(95, chosen[^1]);
        Assert.Equal([3, 5], HiddenNodeStudy.Spread([3, 5]));
    }
}
