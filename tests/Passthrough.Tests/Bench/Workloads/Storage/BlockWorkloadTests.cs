using CsCheck;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Storage;
using Passthrough.Results;
using Passthrough.Tests.Bench.Engine;
using Passthrough.Tests.Bench.Uring;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Storage;

[Collection(Measuring.Name)]
public sealed class BlockWorkloadTests
{
    [Theory]
    [InlineData("read", 4)]
    [InlineData("write", 5)]
    public void Every_submission_is_of_the_kind_asked_for(string rw, int opcode)
    {
        using FakeRing ring = BlockCase.Ring();

        BlockCase.Run(ring, new() { ["rw"] = rw }, out Stage stage);

        Assert.Equal(200, stage.Operations);
        Assert.All(ring.Submissions, entry => Assert.Equal(opcode, entry[0]));
    }

    [Fact]
    public void A_mix_reads_and_writes_in_about_the_share_asked_for()
    {
        using FakeRing ring = BlockCase.Ring();

        BlockCase.Run(ring, new() { ["rw"] = "mix", ["readPercent"] = "80" }, out _);

        int reads = ring.Submissions.Count(entry => entry[0] == 4);
        // 200 draws at 80 %: five standard deviations are 28.
        Assert.InRange(reads, 132, 190);
        Assert.Equal(ring.Submissions.Count, reads + ring.Submissions.Count(entry => entry[0] == 5));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 4)]
    public void A_batch_bounds_what_one_call_submits(int batch, int most)
    {
        using FakeRing ring = BlockCase.Ring();
        var submitted = new List<uint>();
        Func<uint, uint, int> enter = ring.System.OnUringEnter;
        ring.System.OnUringEnter = (submit, wait) =>
        {
            submitted.Add(submit);
            return enter(submit, wait);
        };

        BlockCase.Run(ring, new() { ["batch"] = $"{batch}" }, out _);

        Assert.Equal((uint)most, submitted.Max());
    }

    [Fact]
    public void The_witness_holds_what_the_device_itself_counted()
    {
        using FakeRing ring = BlockCase.Ring();
        int entered = 0;
        Func<uint, uint, int> enter = ring.System.OnUringEnter;
        ring.System.OnUringEnter = (submit, wait) =>
        {
            entered++;
            ring.System.Files["/sys/dev/block/8:16/stat"] = $"{10 + entered} 0 80 1 20 0 160 2 0 3 3 0 0 0 0 0 0\n";
            return enter(submit, wait);
        };

        IReadOnlyDictionary<string, double> witness = BlockCase.Run(ring, [], out _);

        Assert.Equal((entered, 0), (witness["deviceReads"], witness["deviceWrites"]));
        Assert.DoesNotContain("queueInterrupts", witness.Keys);
        Assert.DoesNotContain("behindSchedule", witness.Keys);
    }

    [Fact]
    public void A_device_that_counts_nothing_leaves_no_count()
    {
        using FakeRing ring = BlockCase.Ring();
        ring.System.Files["/sys/dev/block/8:16/queue/iostats"] = "0\n";

        Assert.DoesNotContain("deviceReads", BlockCase.Run(ring, [], out _).Keys);
    }

    [Theory]
    [InlineData(-Errno.ENODEV, "direct read on /dev/sdb failed with ENODEV: the device reported an error or vanished")]
    [InlineData(-Errno.EIO, "vanished while it was measured")]
    [InlineData(-Errno.EINVAL, "does not take direct access of this block size")]
    [InlineData(100, "moved 100 of 4096 bytes")]
    [InlineData(0, "moved 0 of 4096 bytes")]
    public void A_device_that_fails_half_way_is_a_sentence(int result, string words)
    {
        foreach (bool latency in new[] { false, true })
        {
            using FakeRing ring = BlockCase.Ring();
            ring.Answer = bytes => ring.Submissions.Count > 50 ? result : bytes;

            Assert.Contains(words, Assert.Throws<BenchException>(() => BlockCase.Run(ring, latency ? Open(1_000_000) : [], out _, latency)).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Polling_a_device_without_polled_queues_says_where_they_come_from()
    {
        using FakeRing ring = BlockCase.Ring();
        ring.Answer = _ => -Errno.EOPNOTSUPP;

        Assert.Contains("nvme.poll_queues", Assert.Throws<BenchException>(() => BlockCase.Run(ring, new() { ["polled"] = "yes" }, out _)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fixed")]
    [InlineData("poisson")]
    public void An_open_loop_starts_at_the_rate_asked_for(string arrival)
    {
        using FakeRing ring = BlockCase.Ring();
        using BlockWorkload workload = BlockCase.Workload(ring.System, Open(5000, arrival), latency: true);
        workload.Prepare();
        var stage = new Stage(TimeSpan.FromMilliseconds(200));

        workload.Execute(stage);

        // 1000 intended; of a Poisson process within six standard deviations of that.
        Assert.InRange(stage.Operations, arrival == "fixed" ? 999 : 800, arrival == "fixed" ? 1001 : 1200);
        Assert.Equal(stage.Operations, ring.Submissions.Count);
    }

    [Fact]
    public void A_stall_counts_for_every_operation_it_delays()
    {
        using FakeRing ring = BlockCase.Ring();
        int calls = 0;
        Func<uint, uint, int> enter = ring.System.OnUringEnter;
        ring.System.OnUringEnter = (submit, wait) =>
        {
            if (++calls == 20)
            {
                Thread.Sleep(50);
            }

            return enter(submit, wait);
        };
        using BlockWorkload workload = BlockCase.Workload(ring.System, Open(2000), latency: true);
        workload.Prepare();
        workload.MarkWitness();
        var stage = new Stage(TimeSpan.FromMilliseconds(200));

        workload.Execute(stage);

        // 50 ms at 2000 a second: a hundred operations were due meanwhile, evenly late between 50 and 0 ms. A closed loop would show one.
        int late = 0;
        foreach (HdrHistogram.Iteration.HistogramIterationValue value in stage.Latencies.RecordedValues())
        {
            late += value.ValueIteratedTo >= 5_000_000 ? (int)value.CountAddedInThisIterationStep : 0;
        }

        // Upper bounds would test how busy this machine is.
        Assert.InRange(stage.Operations, 399, 401);
        Assert.True(late >= 85, $"{late}");
        IReadOnlyDictionary<string, double> witness = workload.Witness();
        Assert.True(witness["behindSchedule"] >= 90 && witness["latestStartNs"] >= 45_000_000);
    }

    [Fact]
    public void A_device_that_can_not_keep_up_ends_the_run()
    {
        using FakeRing ring = BlockCase.Ring();
        Func<uint, uint, int> enter = ring.System.OnUringEnter;
        ring.System.OnUringEnter = (submit, wait) =>
        {
            Thread.Sleep(300);
            return enter(submit, wait);
        };
        using BlockWorkload workload = BlockCase.Workload(ring.System, Open(100_000), latency: true);
        workload.Prepare();

        string sentence = Assert.Throws<BenchException>(() => workload.Execute(new Stage(TimeSpan.FromSeconds(30)))).Message;

        Assert.Contains("fell more than a second behind 100000 operations a second", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_places_inside_the_device() => Gen.Select(Gen.Long[0, long.MaxValue], Gen.Long[1, 1L << 40], Gen.Int[0, 100])
        .Sample((seed, blocks, percent) =>
        {
            BlockPlan plan = new() { BlockBytes = 4096, Depth = 1, Batch = 1, IsRandom = true, Seed = seed, ReadPercent = percent };
            var first = new PlaceSequence(plan) { Blocks = blocks };
            var second = new PlaceSequence(plan) { Blocks = blocks };
            for (int i = 0; i < 50; i++)
            {
                long place = first.Next();
                Assert.InRange(place, 0, blocks - 1);
                Assert.Equal(place, second.Next());
                Assert.Equal(first.NextIsRead(), second.NextIsRead());
                double gap = first.NextExponential();
                Assert.True(gap >= 0 && double.IsFinite(gap));
                Assert.Equal(gap, second.NextExponential());
            }
        });

    [Fact]
    public void Gaps_of_a_poisson_process_have_mean_and_deviation_one()
    {
        var places = new PlaceSequence(new BlockPlan { BlockBytes = 4096, Depth = 1, Batch = 1, IsRandom = true, Seed = 3 });
        double[] gaps = [.. Enumerable.Range(0, 100_000).Select(_ => places.NextExponential())];

        Assert.InRange(gaps.Average(), 0.98, 1.02);
        Assert.InRange(gaps.Average(gap => gap * gap), 1.94, 2.06);
    }

    [SkippableFact]
    public void A_real_file_is_read_and_written_here()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, [.. Enumerable.Repeat((byte)7, 1 << 20)]);
            int probe = LinuxSystemCalls.Instance.Open(path, LinuxFlags.ReadOnly | LinuxFlags.Direct);
            Skip.If(probe == -Errno.EINVAL, "the file system of the temporary folder takes no direct reads");
            _ = LinuxSystemCalls.Instance.Close(probe);
            BlockRingTests.CreateOrSkip(LinuxSystemCalls.Instance).Dispose();
            using (FileStream flush = File.OpenWrite(path))
            {
                flush.Flush(flushToDisk: true);
            }

            var options = new RunOptions { WarmUp = TimeSpan.FromMilliseconds(10), Measure = TimeSpan.FromMilliseconds(50), Destructive = true };
            WorkloadRun read = Measuring.Undisturbed(WorkloadCatalog.Find("block.io")!, new() { ["device"] = path, ["depth"] = "4" }, options);
            Assert.All(File.ReadAllBytes(path), value => Assert.Equal(7, value));
            WorkloadRun written = Measuring.Undisturbed(WorkloadCatalog.Find("block.io.latency")!,
                new() { ["device"] = path, ["depth"] = "4", ["rw"] = "write", ["arrival"] = "poisson", ["ratePerSecond"] = "1000" }, options);

            Assert.Null(read.Rejected);
            Assert.True(read.Value > 0);
            Assert.InRange(written.Samples, 10, 120);
            Assert.Contains(File.ReadAllBytes(path), value => value != 7);
            Assert.Equal(1 << 20, new FileInfo(path).Length);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Dictionary<string, string> Open(int rate, string arrival = "fixed") => new() { ["arrival"] = arrival, ["ratePerSecond"] = $"{rate}" };
}
