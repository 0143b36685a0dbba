using CsCheck;
using Passthrough.Bench.Native;
using Xunit;

namespace Passthrough.Tests.Bench.Native;

public sealed class ThreadCounterTests
{
    private const string Status = "Name:\tptdiag\nThreads:\t7\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n";
    private const string Stat = "cpu  10 0 20 300 0 0 1 5 0 0\ncpu0 4 0 10 100 0 0 1 2 0 0\ncpu10 6 0 10 200 0 0 0 3 0 0\nintr 5 1\n";

    [Fact]
    public void Switches_of_both_kinds_are_read_apart() =>
        Assert.Equal(new ThreadSwitches(150, 545), ThreadSwitches.Parse(Status));

    [Theory]
    [InlineData("")]
    [InlineData("voluntary_ctxt_switches:\t150\n")]
    [InlineData("nonvoluntary_ctxt_switches:\t545\n")]
    [InlineData("voluntary_ctxt_switches:\tmany\nnonvoluntary_ctxt_switches:\t545\n")]
    public void A_count_that_is_not_there_is_unknown(string text) => Assert.Null(ThreadSwitches.Parse(text));

    [Theory]
    [InlineData(null, 5L)]
    [InlineData(0, 2L)]
    [InlineData(10, 3L)]
    [InlineData(1, null)]
    public void Steal_is_the_eighth_number_of_its_cpu(int? cpu, long? ticks) => Assert.Equal(ticks, StealTicks.Parse(Stat, cpu));

    [Fact]
    public void Any_text_gives_an_answer() =>
        Gen.String.Sample(text =>
        {
            _ = ThreadSwitches.Parse(text);
            _ = StealTicks.Parse(text, null);
        });

    [Fact]
    public void The_running_kernel_tells_both()
    {
        Assert.NotNull(ThreadSwitches.Read(LinuxSystemCalls.Instance));
        Assert.NotNull(StealTicks.Read(LinuxSystemCalls.Instance, null));
    }
}
