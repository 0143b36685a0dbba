using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd006Tests
{
    private static readonly Cmd006Strictness _check = new();

    [Theory]
    [InlineData("iommu.strict=1", Verdict.Note)]
    [InlineData("iommu.strict=0", Verdict.Note)]
    [InlineData("iommu.strict=perhaps", Verdict.Note)]
    [InlineData("quiet", Verdict.NotApplicable)]
    public void A_token_is_a_note(string token, Verdict expected) => Assert.Equal(expected, _check.Single(Models.Blank.CommandLine(token)).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
