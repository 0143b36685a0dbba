using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Environment;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Env004Tests
{
    private static readonly Env004LogFromBoot _check = new();

    [Fact]
    public void A_log_from_the_boot_on_passes() => Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Log(true)).Verdict);

    [Fact]
    public void A_ring_that_lost_the_boot_leaves_it_unknown_and_names_the_journal()
    {
        Finding finding = _check.Single(Models.Blank.Log(false));
        Assert.Equal(Verdict.Unknown, finding.Verdict);
        Assert.Contains("journalctl", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
