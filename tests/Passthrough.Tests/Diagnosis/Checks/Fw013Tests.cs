using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Fw013Tests
{
    private static readonly Fw013Lockdown _check = new();

    private static HostModel Machine(Reading<string> lockdown) => Models.Blank with { Kernel = Models.Blank.Kernel with { Lockdown = lockdown } };

    [Theory]
    [InlineData("none", Verdict.Pass)]
    [InlineData("integrity", Verdict.Note)]
    [InlineData("confidentiality", Verdict.Note)]
    [InlineData("garbage", Verdict.Unknown)]
    public void The_chosen_word_decides(string word, Verdict expected) => Assert.Equal(expected, _check.Single(Machine(Models.Known(word))).Verdict);

    [Fact]
    public void A_kernel_built_without_it_passes() => Assert.Equal(Verdict.Pass, _check.Single(Machine(Models.Absent<string>()).Config("SECURITY=y")).Verdict);

    [Fact]
    public void An_absent_file_alone_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Machine(Models.Absent<string>())).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
