using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Firmware;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Fw006Tests
{
    private static readonly Fw006PlatformOptIn _check = new();

    [Theory]
    [InlineData(5, Verdict.Note)]
    [InlineData(1, Verdict.Pass)]
    public void The_flag_is_told_and_no_error(byte flags, Verdict expected) => Assert.Equal(expected, _check.Single(Models.Blank.DmarTable(flags)).Verdict);

    [Fact]
    public void No_dmar_table_does_not_apply() => Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.Tables("FACP")).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
