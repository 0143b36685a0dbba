using System.Diagnostics;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Pci;

public class PciReaderTests
{
    private const string Bus = "/sys/bus/pci/devices/";

    [Fact]
    public void A_machine_that_shows_nothing_has_no_known_inventory()
    {
        PciInventory pci = PciReader.Read(new TreeEvidence());
        Assert.False(pci.Devices.IsKnown);
        Assert.Empty(pci.All);
    }

    [Fact]
    public void A_whole_function_is_read()
    {
        PciDevice device = Assert.Single(PciReader.Read(Whole("0000:01:00.0")
            .Text("/usr/share/misc/pci.ids", "10de  NVIDIA Corporation\n\t1eb8  TU104GL [Tesla T4]\n")).All, each => each.Address.Bus == 1);
        Assert.Equal((0x10de, 0x1eb8, 0x0302), (device.VendorId.Value, device.DeviceId.Value, (int)device.Class!));
        Assert.Equal(("NVIDIA Corporation", "TU104GL [Tesla T4]"), (device.VendorName, device.DeviceName));
        Assert.Equal("vfio-pci", device.Driver.Value);
        Assert.Equal("vfio_pci", device.DriverModule.Value);
        Assert.True(device.DriverOverride.IsAbsent);
        Assert.Equal("13", device.IommuGroup.Value);
        Assert.Equal("dmar1", device.IommuUnit.Value);
        Assert.Equal(-1, device.NumaNode.Value);
        Assert.Equal("0-3", device.LocalCpus.Value!.ToString());
        Assert.Equal(new PciAddress(0, 0, 1, 0), device.Parent);
        Assert.Equal(["flr", "bus"], device.ResetMethods.Value!);
        Assert.True(device.HasReset.Value);
        Assert.True(device.HasVfioFolder.Value);
        Assert.Equal((8.0, 16), (device.Link.SpeedGTps.Value, device.Link.Width.Value));
        Assert.Equal(Outcome.Failed, device.Link.MaxSpeedGTps.Outcome);
        Assert.Equal(Outcome.Failed, device.Link.MaxWidth.Outcome);
        Assert.Equal(["32", "33"], device.MsiIrqs.Value!);
        Assert.True(device.BootVga.IsAbsent);
        Assert.Equal(new PciAddress(0, 1, 16, 0), Assert.Single(device.Sriov.VirtualFunctions));
    }

    [Fact]
    public void A_function_whose_link_dangles_is_a_function_of_which_nothing_is_known()
    {
        PciDevice device = Assert.Single(PciReader.Read(new TreeEvidence()
            .Link(Bus + "10000:e1:00.0", "../../../devices/pci10000:e0/10000:e0:06.0/10000:e1:00.0")).All);
        Assert.Equal(new PciAddress(0x10000, 0xe1, 0, 0), device.Address);
        Assert.Equal(new PciAddress(0x10000, 0xe0, 6, 0), device.Parent);
        Assert.Equal(Outcome.NotRecorded, device.Driver.Outcome);
        Assert.Equal(Outcome.NotRecorded, device.ClassCode.Outcome);
        Assert.Equal(Outcome.NotRecorded, device.HasReset.Outcome);
    }

    [Fact]
    public void What_a_captured_part_of_a_folder_lacks_is_unknown_and_not_absent()
    {
        PciDevice device = Assert.Single(PciReader.Read(new TreeEvidence()
            .Text(Bus + "0000:00:02.0/modalias", "pci:v00008086d00001533sv00008086sd00000001bc02sc00i00")).All);
        Assert.Equal((0x8086, 0x1533, 0x0200), (device.VendorId.Value, device.DeviceId.Value, (int)device.Class!));
        Assert.Equal(Bus + "0000:00:02.0/modalias", device.VendorId.Source);
        Assert.Equal(Outcome.NotRecorded, device.Driver.Outcome);
        Assert.Equal(Outcome.NotRecorded, device.IommuGroup.Outcome);
        Assert.Equal(Outcome.NotRecorded, device.ResetMethods.Outcome);
    }

    [Fact]
    public void What_a_whole_folder_lacks_is_absent()
    {
        PciDevice device = Assert.Single(PciReader.Read(Whole("0000:01:00.0", false)).All, each => each.Address.Bus == 1);
        Assert.True(device.Driver.IsAbsent);
        Assert.True(device.IommuGroup.IsAbsent);
        Assert.True(device.ResetMethods.IsAbsent);
        Assert.Equal((true, false), (device.HasReset.IsKnown, device.HasReset.Value));
    }

    [Fact]
    public void A_uevent_that_names_no_driver_tells_that_none_is_bound()
    {
        PciDevice device = Assert.Single(PciReader.Read(new TreeEvidence()
            .Text(Bus + "0000:00:02.0/uevent", "PCI_CLASS=30000\nPCI_ID=8086:5917\nPCI_SLOT_NAME=0000:00:02.0\n")).All);
        Assert.True(device.Driver.IsAbsent);
        Assert.Equal(0x0300, (int)device.Class!);
    }

    [Fact]
    public void Config_bytes_tell_what_the_attributes_do_not()
    {
        byte[] config = new byte[64];
        (config[0], config[1], config[2], config[3], config[8], config[0x0a], config[0x0b]) = (0x86, 0x80, 0x33, 0x15, 3, 0x00, 0x02);
        (config[0x2c], config[0x2d]) = (0x28, 0x10);
        PciDevice device = Assert.Single(PciReader.Read(new TreeEvidence().Bytes(Bus + "0000:00:02.0/config", config)).All);
        Assert.Equal((0x8086, 0x1533, 0x0200, 3, 0x1028),
            (device.VendorId.Value, device.DeviceId.Value, (int)device.Class!, device.Revision.Value, device.SubsystemVendorId.Value));
        Assert.False(device.Capabilities.Known);
    }

    [Fact]
    public void A_suspended_function_of_a_capture_is_read_where_its_config_was_captured()
    {
        TreeEvidence tree = Whole("0000:01:00.0")
            .Text("/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/power/runtime_status", "suspended\n");
        Assert.True(PciReader.Read(tree).Find(new PciAddress(0, 1, 0, 0))!.Config.IsKnown);
    }

    [Fact]
    public void Nothing_that_touches_hardware_is_asked()
    {
        TreeEvidence tree = Whole("0000:01:00.0");
        foreach (string name in (string[])["rom", "vpd", "resource0", "reset", "remove", "rescan"])
        {
            tree.Text("/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/" + name, "");
        }

        var asked = new Recorder(tree);
        PciReader.Read(asked);
        Assert.DoesNotContain(asked.Transcript, entry => entry.Key.Path.EndsWith("/rom", StringComparison.Ordinal)
            || entry.Key.Path.EndsWith("/vpd", StringComparison.Ordinal) || entry.Key.Path.EndsWith("/reset", StringComparison.Ordinal)
            || entry.Key.Path.EndsWith("/resource0", StringComparison.Ordinal) || entry.Key.Path.EndsWith("/remove", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_links_bridges_tell_what_is_above()
    {
        byte[] bridge = new byte[64];
        (bridge[0x0e], bridge[0x18], bridge[0x19], bridge[0x1a]) = (0x01, 0, 5, 7);
        PciInventory pci = PciReader.Read(new TreeEvidence()
            .Bytes(Bus + "0000:00:1c.0/config", bridge)
            .Text(Bus + "0000:05:00.0/vendor", "0x8086")
            .Text(Bus + "0001:05:00.0/vendor", "0x8086"));
        Assert.Equal(new PciAddress(0, 0, 0x1c, 0), pci.Find(new PciAddress(0, 5, 0, 0))!.Parent);
        Assert.Null(pci.Find(new PciAddress(1, 5, 0, 0))!.Parent);
    }

    [Fact]
    public void Without_the_bus_folder_the_hierarchy_is_walked()
    {
        PciInventory pci = PciReader.Read(new TreeEvidence()
            .Text("/sys/devices/pci0000:00/0000:00:01.0/vendor", "0x8086")
            .Text("/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/vendor", "0x10de"));
        Assert.Equal(2, pci.All.Count);
        Assert.Equal(new PciAddress(0, 0, 1, 0), pci.Find(new PciAddress(0, 1, 0, 0))!.Parent);
    }

    [Fact]
    public void Ten_thousand_functions_are_read_without_delay()
    {
        var tree = new TreeEvidence();
        for (int i = 0; i < 10_000; i++)
        {
            var address = new PciAddress((uint)(i / 2560), (byte)((i % 2560) / 16), (byte)(i % 16), 0);
            Fill(tree, Bus + address, true);
        }

        // The first pass fills the recorder, so that the second measures the reader and not the tree.
        var recorder = new Recorder(tree);
        PciReader.Read(recorder);
        var clock = Stopwatch.StartNew();
        Assert.Equal(10_000, PciReader.Read(recorder).All.Count);

        // About a second is the aim on an idle machine; the bound only catches work that grows with the square.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), clock.Elapsed.ToString());
        Assert.True(tree.Asked < 320_000, $"{tree.Asked} questions");
    }

    private static TreeEvidence Whole(string name, bool isBound = true, SourceKind kind = SourceKind.Directory)
    {
        const string real = "/sys/devices/pci0000:00/0000:00:01.0/";
        var tree = new TreeEvidence { Kind = kind };
        Fill(tree, real + name, isBound);
        return tree.Link(Bus + name, "../../../devices/pci0000:00/0000:00:01.0/" + name)
            .Link("/sys/bus/pci/drivers/vfio-pci/module", "../../../../module/vfio_pci");
    }

    private static void Fill(TreeEvidence tree, string path, bool isBound)
    {
        byte[] config = new byte[256];
        config[6] = 0x10;
        tree.Bytes(path + "/config", config)
            .Text(path + "/irq", "0\n")
            .Text(path + "/resource", "0x0000000000000000 0x0000000000000000 0x0000000000000000\n")
            .Link(path + "/subsystem", "../../../bus/pci")
            .Text(path + "/uevent", (isBound ? "DRIVER=vfio-pci\n" : "") + "PCI_CLASS=30200\nPCI_ID=10DE:1EB8\nPCI_SLOT_NAME=x\n")
            .Text(path + "/vendor", "0x10de\n")
            .Text(path + "/device", "0x1eb8\n")
            .Text(path + "/subsystem_vendor", "0x10de\n")
            .Text(path + "/subsystem_device", "0x12a2\n")
            .Text(path + "/class", "0x030200\n")
            .Text(path + "/revision", "0xa1\n")
            .Text(path + "/numa_node", "-1\n")
            .Text(path + "/local_cpulist", "0-3\n")
            .Text(path + "/driver_override", "(null)\n")
            .Text(path + "/power/runtime_status", "active\n")
            .Text(path + "/current_link_speed", "8.0 GT/s PCIe\n")
            .Text(path + "/current_link_width", "16\n")
            .Text(path + "/max_link_speed", "Unknown\n")
            .Text(path + "/max_link_width", "255\n");
        if (isBound)
        {
            tree.Link(path + "/driver", "../../../../bus/pci/drivers/vfio-pci")
                .Link(path + "/iommu_group", "../../../../kernel/iommu_groups/13")
                .Link(path + "/iommu", "../../../virtual/iommu/dmar1")
                .Link(path + "/virtfn0", "../0000:01:10.0")
                .Text(path + "/reset_method", "flr bus\n")
                .Text(path + "/reset", "")
                .Folder(path + "/vfio-dev/vfio0")
                .Text(path + "/msi_irqs/32", "msix\n")
                .Text(path + "/msi_irqs/33", "msix\n");
        }
    }
}
