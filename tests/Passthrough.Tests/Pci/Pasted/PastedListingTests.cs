using CsCheck;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;
using Passthrough.Host.Pci.Pasted;
using Xunit;

namespace Passthrough.Tests.Pci.Pasted;

public class PastedListingTests
{
    private static readonly string[] _words =
    [
        "IOMMU Group ", "1", ":", "\n", "\t", "00:01.0 ", "0000:", "Capabilities: ", "[100 v1] ", "[8086:", "Region 0: Memory at ",
        " [size=", "99999999999999999999G]", "> ", "LnkCap: Speed ", "iommu_groups/", "/devices/", "(rev ", "#ff", "Express",
    ];

    [Theory]
    [InlineData("")]
    [InlineData("\n\n \t\n")]
    [InlineData("Dear list,\n\nmy group 3 of friends met at 00:02.4 and\n00:02.4 was late.\nIOMMU is on.\n")]
    public void Text_without_a_listing_gives_nothing(string text)
    {
        PastedListing listing = PastedListing.Parse(text);
        Assert.Empty(listing.Devices);
        Assert.Empty(listing.Groups);
        Assert.Empty(listing.Problems);
    }

    [Theory]
    [InlineData("IOMMU Group 12:\n\t01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP107 [10de:1c82] (rev a1)\n\t01:00.1 Audio device [0403]: NVIDIA [10de:0fb9]\n")]
    [InlineData("IOMMU Group 12 01:00.0 VGA compatible controller [0300]: NVIDIA [10de:1c82] (rev a1)\nIOMMU Group 12 01:00.1 Audio device [0403]: NVIDIA [10de:0fb9]\n")]
    [InlineData("IOMMU Group 12: 01:00.0 VGA compatible controller [0300]: NVIDIA [10de:1c82] (rev a1)\r\nIOMMU Group 12: 01:00.1 Audio device [0403]: NVIDIA [10de:0fb9]\r\n")]
    [InlineData("-e IOMMU Group 12.\n-e \t01:00.0 VGA compatible controller [0300]: NVIDIA [10de:1c82] (rev a1)\n-e \t01:00.1 Audio device [0403]: NVIDIA [10de:0fb9]\n")]
    [InlineData("IOMMU group 12:\t[10de:1c82] 01:00.0 VGA compatible controller: NVIDIA (rev a1)\n\t\t[10de:0fb9] 01:00.1 Audio device: NVIDIA\n")]
    [InlineData("### IOMMU group 12 ###\n01:00.0 VGA compatible controller [0300]: NVIDIA [10de:1c82] (rev a1)\n01:00.1 Audio device [0403]: NVIDIA [10de:0fb9]\n")]
    [InlineData("Group 12:\t[10de:1c82] [R] 01:00.0  VGA compatible controller                NVIDIA (rev a1)\n\t\t[10de:0fb9]     01:00.1  Audio device                             NVIDIA\n")]
    [InlineData("> IOMMU Group 12:\n> \t01:00.0 VGA compatible controller [0300]: NVIDIA [10de:1c82] (rev a1)\n> \t01:00.1 Audio device [0403]: NVIDIA [10de:0fb9]\n")]
    [InlineData("/sys/kernel/iommu_groups/12/devices/0000:01:00.0\n/sys/kernel/iommu_groups/12/devices/0000:01:00.1\n")]
    [InlineData("lrwxrwxrwx 1 root root 0 Jan 1 00:00 /sys/kernel/iommu_groups/12/devices/0000:01:00.0 -> ../../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0\n./12/devices/0000:01:00.1\n")]
    [InlineData("/sys/kernel/iommu_groups/12/devices:\n0000:01:00.0  0000:01:00.1\n")]
    [InlineData("[    0.5] pci 0000:01:00.0: Adding to iommu group 12\n[    0.5] iommu: Adding device 0000:01:00.1 to group 12\n")]
    [InlineData("01:00.0 VGA compatible controller [0300]: NVIDIA [10de:1c82] (rev a1)\n\tFlags: bus master, fast devsel, IRQ 16, IOMMU group 12\n\n01:00.1 Audio device [0403]: NVIDIA [10de:0fb9]\n\tFlags: bus master\n\tIOMMU group: 12\n")]
    public void A_group_is_found_in_every_usual_form(string text)
    {
        PastedListing listing = PastedListing.Parse(text);
        Assert.Equal(["0000:01:00.0", "0000:01:00.1"], listing.Devices.Select(device => device.Address.ToString()));
        Assert.Equal("12", Assert.Single(listing.Groups).Id);
        Assert.Equal(listing.Devices.Select(device => device.Address), listing.Groups[0].Devices);
        Assert.All(listing.Devices, device => Assert.Equal("12", device.IommuGroup.Value));
        if (text.Contains("10de", StringComparison.Ordinal))
        {
            Assert.Equal([0x1c82, 0x0fb9], listing.Devices.Select(device => (int)device.DeviceId.Value));
        }

        Assert.Empty(listing.Problems);
    }

    [Fact]
    public void A_verbose_block_tells_driver_link_BARs_and_capabilities()
    {
        PciDevice device = Assert.Single(PastedListing.Parse("""
            10000:e1:00.0 Non-Volatile memory controller [0108]: Samsung SSD [144d:a808] (rev 02) (prog-if 02 [NVM Express])
            	Subsystem: Samsung Electronics Co Ltd SSD 970 [144d:a801]
            	Control: I/O- Mem+ BusMaster+
            	Interrupt: pin A routed to IRQ 16
            	NUMA node: 1
            	IOMMU group: 14
            	Region 0: Memory at a1000000 (64-bit, non-prefetchable) [size=16K]
            	Region 2: Memory at <unassigned> (64-bit, prefetchable) [disabled] [size=256M]
            	Region 4: I/O ports at e000 [size=128]
            	Capabilities: [50] MSI: Enable- Count=1/32 Maskable- 64bit+
            	Capabilities: [70] Express (v2) Endpoint, MSI 00
            		DevCap:	MaxPayload 256 bytes, PhantFunc 0, Latency L0s unlimited, L1 unlimited
            			ExtTag- AttnBtn- AttnInd- PwrInd- RBE+ FLReset+ SlotPowerLimit 0W
            		DevCtl:	CorrErr+ NonFatalErr+ FatalErr+ UnsupReq+
            			RlxdOrd+ ExtTag- PhantFunc- AuxPwr- NoSnoop+ FLReset-
            		LnkCap:	Port #0, Speed 8GT/s, Width x4, ASPM L1
            		LnkSta:	Speed 5GT/s (downgraded), Width x2 (downgraded)
            	Capabilities: [b0] MSI-X: Enable+ Count=33 Masked-
            	Capabilities: [100 v2] Advanced Error Reporting
            	Capabilities: [168 v1] Alternative Routing-ID Interpretation (ARI)
            	Capabilities: [178 v1] #15
            		Region 1: Memory at 0000000000000000 (64-bit, prefetchable) [size=1M]
            	Kernel driver in use: nvme
            	Kernel modules: nvme
            """).Devices);
        Assert.Equal(new PciAddress(0x10000, 0xe1, 0, 0), device.Address);
        Assert.Equal((0x144d, 0xa808, 0xa801, 0x010802u, 2), (device.VendorId.Value, device.DeviceId.Value, device.SubsystemDeviceId.Value, device.ClassCode.Value, device.Revision.Value));
        Assert.Equal(("nvme", 1L, "14"), (device.Driver.Value, device.NumaNode.Value, device.IommuGroup.Value));
        Assert.Equal(
            [
                new PciBar(0, 0xa1000000, 0x4000, PciBarKind.Memory64, false),
                new PciBar(2, 0, 0x10000000, PciBarKind.Memory64, true),
                new PciBar(4, 0xe000, 0x80, PciBarKind.Io, false),
            ], device.Bars.Value!);
        Assert.Equal((8.0, 4, 5.0, 2), (device.Link.MaxSpeedGTps.Value, device.Link.MaxWidth.Value, device.Link.SpeedGTps.Value, device.Link.Width.Value));
        PciCapabilities capabilities = device.Capabilities;
        Assert.Equal((true, true, true, true), (capabilities.Msi, capabilities.MsiX, capabilities.Flr, capabilities.ResizableBar));
        Assert.Equal((false, false, 0), (capabilities.Acs, capabilities.Sriov, capabilities.ExpressPortType));
        Assert.Equal("Samsung SSD", device.DeviceName);
    }

    [Fact]
    public void Capabilities_that_were_not_shown_stay_unknown()
    {
        PastedListing listing = PastedListing.Parse("""
            00:01.0 PCI bridge [0604]: Intel Root Port [8086:1901]
            	Capabilities: <access denied>
            	Kernel driver in use: pcieport

            00:02.0 VGA compatible controller [0300]: Intel [8086:5917]

            00:1c.0 PCI bridge [0604]: Intel Root Port [8086:9d10]
            	Capabilities: [40] Express Root Port (Slot+), MSI 00
            	Kernel modules: shpchp

            00:1f.0 ISA bridge [0601]: Intel [8086:9d58]
            	Capabilities: [50] Power Management version 3
            """);
        Assert.False(listing.Devices[0].Capabilities.Known);
        Assert.Equal("pcieport", listing.Devices[0].Driver.Value);
        Assert.False(listing.Devices[1].Capabilities.Known);
        Assert.Equal(Outcome.NotRecorded, listing.Devices[1].Driver.Outcome);
        Assert.Equal((true, false, null, null), (listing.Devices[2].Capabilities.Known, listing.Devices[2].Capabilities.Msi, listing.Devices[2].Capabilities.Acs, listing.Devices[2].Capabilities.Flr));
        Assert.True(listing.Devices[2].Driver.IsAbsent);
        Assert.Equal((false, false), (listing.Devices[3].Capabilities.Acs, listing.Devices[3].Capabilities.Flr));
    }

    [Fact]
    public void Plain_and_numeric_listings_are_read_without_and_with_ids()
    {
        PastedListing listing = PastedListing.Parse("$ lspci\n00:00.0 Host bridge: Intel Corporation Host Bridge (rev 09)\n02:00.0 Unassigned class [ff00]: Realtek\n03:00.0 0280: 8086:095a (rev 59)\n");
        Assert.Equal(3, listing.Devices.Count);
        Assert.Null(listing.Devices[0].Class);
        Assert.Equal(9, listing.Devices[0].Revision.Value);
        Assert.False(listing.Devices[0].VendorId.IsKnown);
        Assert.Equal(0xff00, (int)listing.Devices[1].Class!);
        Assert.Equal((0x0280, 0x095a, 0x59), ((int)listing.Devices[2].Class!, listing.Devices[2].DeviceId.Value, listing.Devices[2].Revision.Value));
    }

    [Fact]
    public void A_name_that_a_mail_program_broke_keeps_its_ids()
    {
        PciDevice device = Assert.Single(PastedListing.Parse("00:14.0 USB controller [0c03]: Intel Corporation Wildcat Point-LP\nUSB xHCI Controller [8086:9cb1] (rev 03)\n").Devices);
        Assert.Equal((0x9cb1, 3), (device.DeviceId.Value, device.Revision.Value));
    }

    [Fact]
    public void A_function_in_two_groups_is_a_problem()
    {
        PastedListing listing = PastedListing.Parse("IOMMU Group 1 00:01.0 PCI bridge: Intel\nIOMMU Group 2 00:01.0 PCI bridge: Intel\n");
        Assert.Contains("0000:00:01.0", Assert.Single(listing.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Platform_devices_of_a_group_are_its_other_members()
    {
        PastedListing listing = PastedListing.Parse("/sys/kernel/iommu_groups/3/devices/7ff00000.pcie\n");
        Assert.Equal(["7ff00000.pcie"], Assert.Single(listing.Groups).OtherMembers);
        Assert.Empty(listing.Devices);
    }

    [Fact]
    public void No_text_makes_it_throw()
    {
        Gen.String.Sample(text => { PastedListing.Parse(text); });
        Gen.Int[0, _words.Length - 1].Array[0, 40].Sample(picks => { PastedListing.Parse(string.Concat(picks.Select(pick => _words[pick]))); });
    }

    [Fact]
    public void A_hostile_line_takes_no_time()
    {
        foreach (string piece in (string[])["(", "[8086:1234] ", " ", "-", "(rev 01) ", "1/devices/a:", "group ", "a:"])
        {
            PastedListing.Parse("00:01.0 Host bridge: " + string.Concat(Enumerable.Repeat(piece, 100_000)) + "!\n" + string.Concat(Enumerable.Repeat(piece, 100_000)));
        }
    }
}
