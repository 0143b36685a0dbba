using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd005Tests
{
    private static readonly Cmd005DefaultPassthrough _check = new();

    [Theory]
    [InlineData("iommu=pt", "iommu=pt", true)]
    [InlineData("iommu.passthrough=1", "iommu.passthrough=1", true)]
    [InlineData("iommu=pt iommu.passthrough=0", "iommu.passthrough=0", false)]
    [InlineData("iommu.passthrough=0 iommu=pt", "iommu=pt", true)]
    [InlineData("iommu=pt,nopt", "iommu=pt,nopt", false)]
    public void The_last_wish_counts(string line, string token, bool identity)
    {
        Finding finding = _check.Single(Models.Blank.CommandLine(line));

        Assert.Equal((Verdict.Note, "token:" + token), (finding.Verdict, finding.Subject));
        Assert.Equal(identity, finding.Message.Contains("identity mapping", StringComparison.Ordinal));
    }

    [Fact]
    public void It_never_says_that_passthrough_gets_faster_or_possible() => Assert.Contains("a device given to VFIO is translated all the same",
        _check.Single(Models.Blank.CommandLine("iommu=pt")).Message, StringComparison.Ordinal);

    [Fact]
    public void Memory_encryption_stands_against_it() => Assert.Equal(Verdict.Warn, _check.Single(Models.Blank.CommandLine("iommu=pt")
        .Log(false, (LogEventKind.MemoryEncryption, "SNP: IOMMU disabled or configured in passthrough mode, SNP cannot be supported."))).Verdict);

    [Theory]
    [InlineData("quiet")]
    [InlineData("iommu=soft")]
    [InlineData("iommu.passthrough=maybe")]
    public void Without_a_wish_it_does_not_apply(string line) => Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.CommandLine(line)).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
