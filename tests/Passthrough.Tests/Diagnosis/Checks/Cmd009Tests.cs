using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd009Tests
{
    private const string Token = "pcie_acs_override=downstream,multifunction";
    private static readonly Cmd009AcsOverride _check = new();

    [Fact]
    public void A_stock_kernel_ignores_it()
    {
        Finding finding = _check.Single(Models.Blank.CommandLine(Token).Log(true));
        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Contains("does not have the patch", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_patched_kernel_only_pretends()
    {
        Finding finding = _check.Single(Models.Blank.CommandLine(Token).Log(false, (LogEventKind.AcsOverride, "Warning: PCIe ACS overrides enabled")));
        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Contains("pretends", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_kernels_list_of_unknown_parameters_tells_too() => Assert.Contains("does not have the patch",
        _check.Single(Models.Blank.CommandLine(Token).Log(false, (LogEventKind.UnknownParameters, $"Unknown kernel command line parameters \"{Token}\", will be passed to user space."))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_lost_log_changes_the_words_alone() => Assert.Equal(Verdict.Warn, _check.Single(Models.Blank.CommandLine(Token)).Verdict);

    [Fact]
    public void No_token_does_not_apply() => Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.CommandLine("quiet")).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
