using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Xunit;

namespace Passthrough.Tests.Host.Guests;

public sealed class DomainXmlParserTests
{
    [Theory]
    [InlineData("1024", null, 1L << 20)]
    [InlineData("1", "KB", 1000L)]
    [InlineData("1", "KiB", 1024L)]
    [InlineData("4096", "b", 4096L)]
    [InlineData("4096", "bytes", 4096L)]
    [InlineData("10", "GB", 10_000_000_000L)]
    [InlineData("10", "G", 10L << 30)]
    [InlineData("512", "M", 512L << 20)]
    [InlineData("512", "MB", 512_000_000L)]
    [InlineData("1", "tib", 1L << 40)]
    [InlineData("16", "E", null)]
    [InlineData("1", "parsec", null)]
    [InlineData("-1", "G", null)]
    [InlineData("four", null, null)]
    [InlineData(null, null, null)]
    public void Amounts_have_units(string? number, string? unit, long? bytes) => Assert.Equal(bytes, ScaledBytes.Parse(number, unit));

    [Theory]
    [InlineData("0-1,^1", "0")]
    [InlineData("0-7,^3-4,9", "0-2,5-7,9")]
    [InlineData(" 2 , 4", "2,4")]
    [InlineData("", null)]
    [InlineData("^", null)]
    [InlineData("1-", null)]
    public void Lists_may_take_out_again(string text, string? expected) => Assert.Equal(expected, NodeSet.TryParse(text, out var set) ? set.ToString() : null);

    [Fact]
    public void A_definition_is_read_as_libvirt_does()
    {
        GuestDefinition guest = Known("""
            <?xml version='1.0' encoding='utf-16'?>
            <domain type='kvm' xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>
              <name>a</name><name>b</name><memory unit='GB'>10</memory>
              <metadata><x:hostdev xmlns:x='y' type='pci'/></metadata>
              <cputune><vcpupin vcpu='0' cpuset='2,^3'/><emulatorpin cpuset='0-1'/></cputune>
              <devices>
                <!-- <hostdev mode='subsystem' type='pci'/> -->
                <hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/></source></hostdev>
                <hostdev mode='subsystem' type='pci'><source><address domain='0x10000' bus='10' slot='010' function='0x1'/></source>
                  <address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/></hostdev>
                <interface type='hostdev' managed='yes'><source><address type='pci' domain='0' bus='0x03' slot='0x10' function='0'/></source></interface>
              </devices>
              <q:commandline><q:arg value='-device'/><q:arg value='vfio-pci,host=01:00.0,x-vga=on'/></q:commandline>
            </domain>
            """);
        Assert.Equal(("a", 10_000_000_000L, "2,^3", "0-1"), (guest.Name, guest.MemoryBytes, guest.VcpuPins[0], guest.EmulatorPin));
        GuestDevice device = Assert.Single(guest.HostDevices);
        Assert.Equal(("10000:0a:08.1", null, "0000:04:00.0", 9), (device.Address.ToString(), device.Managed, device.GuestAddress, device.Line));
        Assert.Equal("0000:03:10.0", Assert.Single(guest.HostInterfaces).Address.ToString());
        Assert.Equal("0000:01:00.0", Assert.Single(guest.CommandLineDevices).Address.ToString());
        Assert.Empty(guest.Problems);
    }

    [Fact]
    public void Qemu_arguments_without_their_namespace_have_no_effect()
    {
        GuestDefinition guest = Known("<domain><qemu:commandline><qemu:arg value='vfio-pci,host=01:00.0'/></qemu:commandline></domain>");
        Assert.Empty(guest.CommandLineDevices);
        Assert.Contains("has no effect", Assert.Single(guest.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\u0001garbage")]
    [InlineData("<domain>")]
    [InlineData("<domain/><domain/>")]
    [InlineData("<network><name>default</name></network>")]
    [InlineData("<domstatus/>")]
    [InlineData("<!DOCTYPE d [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><domain><name>&b;</name></domain>")]
    [InlineData("<domain><name>&unknown;</name></domain>")]
    [InlineData("<domain a='1' a='2'/>")]
    public void What_is_no_domain_is_a_failed_reading_with_a_reason(string text)
    {
        Reading<GuestDefinition> reading = DomainXmlParser.Parse(text, "x");
        Assert.Equal(Outcome.Failed, reading.Outcome);
        Assert.NotEmpty(reading.Why!);
    }

    [Fact]
    public void Depth_is_limited() => Assert.Equal(Outcome.Failed,
        DomainXmlParser.Parse("<domain>" + string.Concat(Enumerable.Repeat("<a>", 100_000)), "x").Outcome);

    [Fact]
    public void Any_cut_of_a_definition_is_read_or_refused()
    {
        string text = Passthrough.Tests.Diagnosis.Checks.GuestCase.Xml(Passthrough.Tests.Diagnosis.Checks.GuestCase.Hostdev("0000:01:00.0"));
        for (int length = 0; length < text.Length; length++)
        {
            Assert.Equal(Outcome.Failed, DomainXmlParser.Parse(text[..length], "x").Outcome);
            DomainXmlParser.Parse(text[..length] + "\uFFFD" + text[(length + 1)..], "x");
        }
    }

    [Fact]
    public void A_proxmox_configuration_is_read_up_to_its_snapshots()
    {
        GuestDefinition guest = ProxmoxParser.Parse("name: win\nmemory: 8192\ncores: 4\nsockets: 2\nhugepages: 1024\nmachine: pc-q35-8.1,viommu=intel\nballoon: 0\n"
            + "hostpci0: 0000:01:00,pcie=1,x-vga=1\nhostpci1: host=02:00.1\nhostpci2: mapping=nic\n[snap]\nhostpci3: 03:00.0\n", "x").Value!;
        Assert.Equal((8L << 30, 8, "pc-q35-8.1", "none"), (guest.MemoryBytes, guest.Vcpus, guest.Machine, guest.MemballoonModel));
        Assert.Equal([("0000:01:00.0", true), ("0000:02:00.1", false)], guest.HostDevices.Select(device => (device.Address.ToString(), device.HasAllFunctions)));
        Assert.Equal(1L << 30, Assert.Single(guest.HugePages).SizeBytes);
        Assert.Single(guest.Problems);
        Assert.Equal(Outcome.Failed, ProxmoxParser.Parse("\0\0garbage", "x").Outcome);
    }

    private static GuestDefinition Known(string xml)
    {
        Reading<GuestDefinition> reading = DomainXmlParser.Parse(xml, "x");
        Assert.True(reading.IsKnown, reading.Why);
        return reading.Value!;
    }
}
