using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Srv006Tests
{
    [Theory]
    [InlineData(true, "iavf", Verdict.Note)]
    [InlineData(true, "vfio-pci", Verdict.Pass)]
    [InlineData(true, null, Verdict.Pass)]
    [InlineData(false, "iavf", Verdict.Pass)]
    public void Probing_matters_where_the_host_took_a_function(bool probes, string? driver, Verdict expected) =>
        Assert.Equal(expected, Judge(1, Models.Known(probes), driver));

    [Fact]
    public void Without_virtual_functions_it_does_not_apply()
    {
        Assert.Equal(Verdict.NotApplicable, Judge(0, Models.Known(true), "iavf"));
        PciDevice plain = DeviceCase.Device("0000:01:00.0") with { Sriov = new PciSriov(Models.Absent<long>(), Models.Absent<long>(), Models.Absent<bool>(), null, []) };
        Assert.Equal(Verdict.NotApplicable, DeviceCase.One(new Srv006Autoprobe(), Models.Blank.With(plain) with { Source = SourceKind.Live }).Verdict);
    }

    [Fact]
    public void What_was_not_seen_is_unknown()
    {
        Assert.Equal(Verdict.Unknown, Judge(1, Models.None<bool>(), "iavf"));
        Assert.Equal(Verdict.Unknown, Judge(2, Models.Known(true), "iavf"));
        PciDevice hidden = DeviceCase.Device("0000:01:00.0") with { Sriov = new PciSriov(Models.None<long>(), Models.None<long>(), Models.None<bool>(), null, []) };
        Assert.Equal(Verdict.Unknown, DeviceCase.One(new Srv006Autoprobe(), Models.Blank.With(hidden)).Verdict);
    }

    private static Verdict Judge(long configured, Reading<bool> probes, string? driver)
    {
        PciAddress function = DeviceCase.Address("0000:01:10.0");
        PciDevice physical = DeviceCase.Device("0000:01:00.0", "ice") with { Sriov = new PciSriov(Models.Known(8L), Models.Known(configured), probes, null, [function]) };
        PciDevice child = DeviceCase.Device("0000:01:10.0", driver) with
        {
            Sriov = new PciSriov(Models.Absent<long>(), Models.Absent<long>(), Models.Absent<bool>(), physical.Address, []),
        };
        HostModel model = Models.Blank.With(physical, child) with { Source = SourceKind.Live };
        return Assert.Single(DeviceCase.Run(new Srv006Autoprobe(), model)).Verdict;
    }
}
