using Passthrough.Diagnosis;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Tests.Diagnosis.Checks;
using Xunit;

namespace Passthrough.Tests.Diagnosis;

public sealed class CandidatesTests
{
    private static readonly PciDevice _gpu = DeviceCase.Device("0000:01:00.0", "nouveau", 0x030000) with
    {
        VendorId = Models.Known<ushort>(0x10de),
        DeviceId = Models.Known<ushort>(0x1b80),
        SubsystemVendorId = Models.Known<ushort>(0x1043),
        SubsystemDeviceId = Models.Known<ushort>(0x8591),
    };

    private static readonly PciDevice _nic = DeviceCase.Device("0000:02:00.0", "vfio-pci", 0x020000);
    private static readonly PciDevice _nvme = DeviceCase.Device("0000:03:00.0", "nvme", 0x010802);
    private static readonly PciDevice _port = DeviceCase.Device("0000:00:1c.0", "pcieport", 0x060400);
    private static readonly HostModel _host = Models.Blank.With(_port, _gpu, _nic, _nvme);

    [Fact]
    public void Without_a_choice_functions_on_a_vfio_driver_are_candidates() => Assert.Equal(["0000:02:00.0"], Of(_host));

    [Theory]
    [InlineData(Profile.Gpu, "0000:01:00.0")]
    [InlineData(Profile.Nic, "0000:02:00.0")]
    [InlineData(Profile.Nvme, "0000:03:00.0")]
    [InlineData(Profile.Realtime, "0000:02:00.0")]
    public void A_profile_chooses_by_class(Profile profile, string expected) =>
        Assert.Equal([expected], Of(_host, new AuditOptions { Today = DeviceCase.Today, Profile = profile }));

    [Fact]
    public void Named_functions_win_over_all_else_and_may_be_bridges()
    {
        var options = new AuditOptions { Today = DeviceCase.Today, Profile = Profile.Gpu, Devices = [_port.Address, _nvme.Address, DeviceCase.Address("0000:7f:00.0")] };
        Assert.Equal(["0000:00:1c.0", "0000:03:00.0"], Of(_host, options));
        Assert.Equal(["0000:7f:00.0"], Candidates.Missing(_host, options).Select(address => address.ToString()));
        Assert.Empty(Candidates.Missing(Models.Blank, options));
    }

    [Fact]
    public void A_vfio_folder_is_a_vfio_driver_whatever_its_name()
    {
        PciDevice variant = DeviceCase.Device("0000:04:00.0", "ice_acc") with { HasVfioFolder = Models.Known(true) };
        Assert.Equal(["0000:04:00.0"], Of(Models.Blank.With(variant)));
    }

    [Fact]
    public void A_vfio_driver_override_makes_a_candidate_and_a_native_one_does_not()
    {
        PciDevice wanted = _nvme with { DriverOverride = Models.Known("vfio-pci") };
        PciDevice other = _gpu with { DriverOverride = Models.Known("nouveau") };
        Assert.Equal(["0000:03:00.0"], Of(Models.Blank.With(wanted, other)));
    }

    [Theory]
    [InlineData("vfio-pci.ids=10de:1b80", true)]
    [InlineData("vfio_pci.ids=8086:1572,10de:1b80", true)]
    [InlineData("vfio-pci.ids=10DE:1B80:1043", true)]
    [InlineData("vfio-pci.ids=10de:1b80:1043:8591", true)]
    [InlineData("vfio-pci.ids=10de:1b80:1462", false)]
    [InlineData("vfio-pci.ids=10de:ffffffff", true)]
    [InlineData("vfio-pci.ids=10de:ffffffff:ffffffff:ffffffff:030000:ff0000", true)]
    [InlineData("vfio-pci.ids=10de:ffffffff:ffffffff:ffffffff:020000:ff0000", false)]
    [InlineData("vfio-pci.ids=10de", false)]
    [InlineData("vfio-pci.ids=", false)]
    [InlineData("vfio-pci.ids", false)]
    [InlineData("vfio-pci.ids=,,:,x:y,10de:", false)]
    [InlineData("pci.ids=10de:1b80", false)]
    public void Ids_on_the_command_line_match_with_wildcards(string line, bool expected) =>
        Assert.Equal(expected, Of(Models.Blank.With(_gpu, _nvme).WithCommandLine("quiet " + line)).Contains("0000:01:00.0"));

    [Fact]
    public void Ids_of_the_parameter_and_of_modprobe_count_and_comments_do_not()
    {
        HostModel model = Models.Blank.With(_gpu, _nvme);
        Assert.Equal(["0000:01:00.0"], Of(model.WithParameter("vfio_pci/ids", "10de:1b80")));
        Assert.Equal(["0000:01:00.0"], Of(model.WithModprobe("options vfio-pci disable_vga=1 ids=10de:1b80")));
        Assert.Empty(Of(model.WithModprobe("# options vfio-pci ids=10de:1b80", "options snd ids=10de:1b80", "options vfio-pci")));
    }

    [Fact]
    public void A_bridge_is_no_candidate_even_when_its_id_is_listed() =>
        Assert.Empty(Of(Models.Blank.With(_port).WithCommandLine("vfio-pci.ids=1b36:0010")));

    [Fact]
    public void Nothing_known_means_no_candidate() => Assert.Empty(Of(Models.Blank));

    private static IEnumerable<string> Of(HostModel model, AuditOptions? options = null) =>
        Candidates.Of(model, options ?? new AuditOptions { Today = DeviceCase.Today }).Select(device => device.Address.ToString());
}
