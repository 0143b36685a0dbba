using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Fw014Tests
{
    private static readonly Fw014BiosVersion _check = new();

    [Fact]
    public void A_known_version_is_told() => Assert.Contains("F31", _check.Single(Models.Blank with { Dmi = Models.Blank.Dmi with { BiosVersion = Models.Known("F31") } }).Message, StringComparison.Ordinal);

    [Fact]
    public void A_guest_without_dmi_does_not_apply() => Assert.Equal(Verdict.NotApplicable, _check.Single(Guest(true)).Verdict);

    [Fact]
    public void Hardware_without_dmi_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Guest(false)).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);

    private static HostModel Guest(bool isVirtual) => Models.Blank.Virtual(isVirtual) with { Dmi = Models.Blank.Dmi with { BiosVersion = Models.Absent<string>() } };
}
