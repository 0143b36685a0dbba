using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Security;
using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Sec006Tests
{
    private static readonly Sec006SevSnp _check = new();

    [Fact]
    public void A_refusal_in_the_log_warns() => Assert.Equal(Verdict.Warn, _check.Single(Models.Blank.Cpu("AuthenticAMD", "sev").Log(false,
        (LogEventKind.MemoryEncryption, "AMD-Vi: SNP: IOMMU disabled or configured in passthrough mode, SNP cannot be supported."))).Verdict);

    [Fact]
    public void A_silent_log_from_the_boot_on_passes() => Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Cpu("AuthenticAMD", "sev").Log(true)).Verdict);

    [Fact]
    public void Without_the_boots_log_it_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Cpu("AuthenticAMD", "sev").Log(false)).Verdict);

    [Theory]
    [InlineData("GenuineIntel")]
    [InlineData("AuthenticAMD")]
    public void A_cpu_without_sev_does_not_apply(string vendor) => Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.Cpu(vendor)).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
