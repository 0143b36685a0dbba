using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Fw008Tests
{
    private static readonly Fw008FunctionsCovered _check = new();

    private static PciDevice Device(string address, uint code, string? group, string? unit) => Models.Device(address) with
    {
        VendorId = Models.Known((ushort)0x8086),
        ClassCode = Models.Known(code),
        Driver = Models.Absent<string>(),
        IommuGroup = group is null ? Models.Absent<string>() : Models.Known(group),
        IommuUnit = unit is null ? Models.Absent<string>() : Models.Known(unit),
    };

    private static readonly PciDevice _nic = Device("0000:00:05.0", 0x020000, "0", "dmar0");
    private static readonly PciDevice _bare = Device("0000:00:07.0", 0x010802, null, null);

    private static HostModel Machine(params PciDevice[] devices) => PlatformModels.HealthyIntel.Devices([_nic, .. devices]);

    [Fact]
    public void Served_functions_pass() => Assert.Equal(Verdict.Pass, _check.Single(Machine()).Verdict);

    [Fact]
    public void A_bare_candidate_fails_and_another_is_a_note()
    {
        Assert.Contains(_check.Run(Machine(_bare), _bare), finding => finding.Verdict == Verdict.Fail && finding.Subject == "0000:00:07.0");
        Assert.Equal(Verdict.Note, _check.Single(Machine(_bare)).Verdict);
    }

    [Fact]
    public void Graphics_left_out_on_purpose_are_explained()
    {
        PciDevice graphics = Device("0000:00:02.0", 0x030000, null, null);
        Finding finding = _check.Run(Machine(graphics).CommandLine("intel_iommu=on,igfx_off"), graphics)[0];
        Assert.Contains("igfx_off", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bridges_the_iommu_itself_and_what_is_behind_vmd_need_no_unit() => Assert.Equal(Verdict.Pass, _check.Single(Machine(
        Device("0000:00:00.0", 0x060000, null, null), Device("0000:00:00.2", 0x080600, null, null), Device("10000:e1:00.0", 0x010802, null, null))).Verdict);

    [Fact]
    public void What_was_not_seen_is_unknown()
    {
        PciDevice unseen = _bare with { IommuUnit = Models.None<string>(), IommuGroup = Models.None<string>() };
        Assert.Equal(Verdict.Unknown, _check.Single(Machine(unseen)).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Machine(_bare with { ClassCode = Models.None<uint>() })).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Machine(_bare) with { Source = SourceKind.Directory }, _bare).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
    }

    [Fact]
    public void Without_an_iommu_it_does_not_apply() => Assert.Equal(Verdict.NotApplicable, _check.Single(PlatformModels.IdleIntel.Devices(_bare), _bare).Verdict);
}
