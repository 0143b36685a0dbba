using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Iom009Tests
{
    private static readonly Iom009Superpages _check = new();

    [Theory]
    [InlineData(0x00d2008c22260286UL, Verdict.Pass, "2 MiB and 1 GiB")]
    [InlineData(0x00d2008422260286UL, Verdict.Pass, "not every one with 1 GiB")]
    [InlineData(0x00d2008022260286UL, Verdict.Warn, "4 KiB pages only")]
    public void Bits_34_and_35_say_which_sizes(ulong cap, Verdict expected, string words)
    {
        Finding finding = DeviceCase.One(_check, Models.Blank.WithUnits(DeviceCase.Unit("dmar0", cap)));
        Assert.Equal(expected, finding.Verdict);
        Assert.Contains(words, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_unit_without_large_pages_is_enough_to_warn()
    {
        Finding finding = DeviceCase.One(_check, Models.Blank.WithUnits(DeviceCase.Unit("dmar0", 3UL << 34), DeviceCase.Unit("dmar1", 0)));
        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.StartsWith("dmar1", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_register_that_was_not_read_is_unknown() =>
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Models.Blank.WithUnits(DeviceCase.Unit("dmar0", 3UL << 34), DeviceCase.Unit("dmar1"))).Verdict);

    [Fact]
    public void Amd_units_are_not_judged() => Assert.Equal(Verdict.NotApplicable, DeviceCase.One(_check, Models.Blank.WithUnits(DeviceCase.Unit("ivhd0"))).Verdict);
}
