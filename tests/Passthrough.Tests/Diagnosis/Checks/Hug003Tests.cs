using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Memory;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Hug003Tests
{
    private static readonly Hug003AskedAndGot _check = new();

    private static HostModel Machine(string line, long small, long large)
    {
        HostModel model = Models.Blank.Cpu("GenuineIntel", "pdpe1gb").CommandLine(line);
        return model with
        {
            Memory = model.Memory with
            {
                DefaultHugePageBytes = Models.Known(2L << 20),
                HugePages = Models.Known<IReadOnlyList<HugePagePool>>([Pool(2L << 20, small), Pool(1L << 30, large)]),
            },
        };
    }

    private static HugePagePool Pool(long size, long total) => new(size, Models.Known(total), Models.Known(total), Models.Known(0L));

    [Theory]
    [InlineData("hugepagesz=1G hugepages=8", 0, 8, Verdict.Pass)]
    [InlineData("hugepagesz=1G hugepages=8", 8, 6, Verdict.Warn)]
    [InlineData("hugepages=512", 512, 0, Verdict.Pass)]
    [InlineData("hugepages=512", 100, 512, Verdict.Warn)]
    [InlineData("hugepagesz=1G hugepages=0:4,1:4", 0, 8, Verdict.Pass)]
    [InlineData("hugepagesz=1G hugepages=0:4,1:4", 0, 7, Verdict.Warn)]
    [InlineData("quiet", 0, 0, Verdict.NotApplicable)]
    public void What_was_asked_is_held_against_the_pool_of_its_size(string line, long small, long large, Verdict expected) =>
        Assert.Equal(expected, _check.Single(Machine(line, small, large)).Verdict);

    [Fact]
    public void A_count_after_an_unsupported_size_is_ignored() => Assert.All(_check.Run(Machine("hugepagesz=5M hugepages=8", 8, 8)), finding => Assert.Equal(Verdict.Warn, finding.Verdict));

    [Fact]
    public void Unseen_pools_are_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.CommandLine("hugepages=8")).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
