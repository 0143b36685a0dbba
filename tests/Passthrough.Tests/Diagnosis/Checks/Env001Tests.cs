using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Environment;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Env001Tests
{
    private const ulong All = 0x1ff_ffff_ffff, NoSysAdmin = All & ~(1UL << 21);
    private static readonly Env001Privilege _check = new();

    private static PciDevice WithConfig(int bytes) => Models.Device("0000:00:05.0") with { Config = Models.Known(new PciConfigSpace(new byte[bytes]), "/sys/x/config") };

    [Fact]
    public void Root_in_the_initial_namespace_passes() =>
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Caps(All, true)).Verdict);

    [Fact]
    public void Without_cap_sys_admin_it_warns() =>
        Assert.Contains("lacks CAP_SYS_ADMIN", _check.Single(Models.Blank.Caps(NoSysAdmin, true).Devices(WithConfig(64))).Message, StringComparison.Ordinal);

    [Fact]
    public void Root_in_a_user_namespace_is_not_enough()
    {
        Finding finding = _check.Single(Models.Blank.Caps(All, false));

        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Contains("user namespace", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, Verdict.Warn)]
    [InlineData(65, Verdict.Pass)]
    [InlineData(256, Verdict.Pass)]
    [InlineData(4096, Verdict.Pass)]
    public void The_bytes_that_were_read_decide(int bytes, Verdict expected) =>
        Assert.Equal(expected, _check.Single(Models.Blank.Devices(WithConfig(bytes))).Verdict);

    [Fact]
    public void Privileged_but_cut_at_64_bytes_is_no_pass() =>
        Assert.Equal(Verdict.Warn, _check.Single(Models.Blank.Caps(All, true).Devices(WithConfig(64))).Verdict);

    [Fact]
    public void Without_any_evidence_it_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);

    [Fact]
    public void Capabilities_without_the_namespace_are_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank with
    {
        Privilege = Models.Blank.Privilege with { EffectiveCapabilities = Models.Known(All) },
    }).Verdict);

    [Fact]
    public void An_unprivileged_run_is_not_sentenced_as_a_failure() =>
        Assert.NotEqual(Verdict.Fail, _check.Single(Models.Blank.Caps(0, true)).Verdict);
}
