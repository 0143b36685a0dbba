using CsCheck;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Host.Interrupts;

public class InterruptTableParserTests
{
    [Theory]
    [InlineData("")]
    [InlineData("\n \n")]
    [InlineData("no table at all\n")]
    [InlineData(":::\n")]
    public void Text_that_is_no_table_gives_nothing(string text) => Assert.Null(InterruptTableParser.Parse(text));

    [Fact]
    public void Any_text_is_taken_without_an_exception() =>
        Gen.String.Sample(text => InterruptTableParser.Parse("  CPU0 CPU1\n 1: " + text) is not null);

    [Fact]
    public void The_columns_are_the_numbers_of_the_online_CPUs()
    {
        InterruptTable table = InterruptTableParser.Parse("            CPU0       CPU2      CPU11\n  8:   1   2   3   IO-APIC   8-edge      rtc0\n")!;
        Assert.Equal([0, 2, 11], table.CpuColumns!);
        InterruptLine line = Assert.Single(table.Lines);
        Assert.Equal("8", line.Irq);
        Assert.Equal([1, 2, 3], line.Counts);
        Assert.Equal(6, line.Total);
        Assert.Equal(2, line.Line);
        Assert.Equal("IO-APIC 8-edge", line.Chip);
        Assert.Equal("rtc0", line.Action);
        Assert.Equal(InterruptKind.Intx, line.Kind);
        Assert.False(line.IsRemapped);
    }

    [Fact]
    public void Without_a_header_the_columns_are_unknown_and_the_counts_are_read()
    {
        InterruptTable table = InterruptTableParser.Parse(" 30:  5  7  IR-PCI-MSI 2097152-edge  vfio-msix[0](0000:04:00.0)\n")!;
        Assert.Null(table.CpuColumns);
        Assert.Equal([5, 7], table.Lines[0].Counts);
        Assert.Equal(InterruptKind.Msix, table.Lines[0].Kind);
        Assert.Equal("0000:04:00.0", table.Lines[0].Device.ToString());
        Assert.True(table.Lines[0].IsRemapped);
        Assert.True(table.Lines[0].IsVfio);
    }

    [Fact]
    public void Named_rows_are_summed_and_never_numbered()
    {
        InterruptTable table = InterruptTableParser.Parse(
            "  CPU0 CPU1\nNMI:  1  2   Non-maskable interrupts\nPIN:  3  4   Posted-interrupt notification event\nERR:  5\nMIS:\n 1: 6\n")!;
        Assert.Equal(3, table.Named["NMI"]);
        Assert.Equal(7, table.Named["PIN"]);
        Assert.Equal(5, table.Named["ERR"]);
        Assert.False(table.Named.ContainsKey("MIS"));
        InterruptLine cut = Assert.Single(table.Lines);
        Assert.Equal([6], cut.Counts);
        Assert.Equal("", cut.Chip);
        Assert.Null(cut.Kind);
    }

    [Theory]
    [InlineData("IR-PCI-MSIX-0000:17:00.2    0-edge      nvme0q1", "IR-PCI-MSIX-0000:17:00.2 0-edge", "nvme0q1", "0000:17:00.2", InterruptKind.Msix)]
    [InlineData("PCI-MSI-10000:e1:00.0  0-edge  ahci", "PCI-MSI-10000:e1:00.0 0-edge", "ahci", "10000:e1:00.0", InterruptKind.Msi)]
    [InlineData("IR-PCI-MSI 512000-edge      vfio-msi[0](0000:00:1f.2)", "IR-PCI-MSI 512000-edge", "vfio-msi[0](0000:00:1f.2)", "0000:00:1f.2", InterruptKind.Msi)]
    [InlineData("IR-PCI-MSI 286720-edge      ahci[0000:00:11.4]", "IR-PCI-MSI 286720-edge", "ahci[0000:00:11.4]", "0000:00:11.4", null)]
    [InlineData("IO-APIC  16-fasteoi   vfio-intx(0000:05:00.0), ehci_hcd:usb1", "IO-APIC 16-fasteoi", "vfio-intx(0000:05:00.0), ehci_hcd:usb1", "0000:05:00.0", InterruptKind.Intx)]
    [InlineData("PCI-MSI-edge      eth0", "PCI-MSI-edge", "eth0", null, null)]
    [InlineData("GICv3  27 Level     arch_timer", "GICv3 27 Level", "arch_timer", null, null)]
    [InlineData("ITS-MSI 524288 Edge      nvme0q0, nvme0q1", "ITS-MSI 524288 Edge", "nvme0q0, nvme0q1", null, null)]
    [InlineData("Hyper-V PCIe MSI 4096-edge  mlx5_async0@pci:7b6c:00:02.0", "Hyper-V PCIe MSI 4096-edge", "mlx5_async0@pci:7b6c:00:02.0", null, null)]
    [InlineData("DMAR-MSI   0-edge      dmar0", "DMAR-MSI 0-edge", "dmar0", null, null)]
    [InlineData("XT-PIC      timer", "XT-PIC", "timer", null, null)]
    public void Chip_handler_device_and_kind_come_from_the_rest_of_the_row(string rest, string chip, string action, string? device, InterruptKind? kind)
    {
        InterruptLine line = InterruptTableParser.Parse("  CPU0\n 9:  0  " + rest + "\n")!.Lines[0];
        Assert.Equal(chip, line.Chip);
        Assert.Equal(action, line.Action);
        Assert.Equal(device, line.Device?.ToString());
        Assert.Equal(kind, line.Kind);
    }

    [Theory]
    [InlineData("IR-PCI-MSI 0-edge", true)]
    [InlineData("INTEL-IR 0-edge", true)]
    [InlineData("AMD-IR 0-edge", true)]
    [InlineData("DMAR-MSI 0-edge", false)]
    [InlineData("PCI-MSI 0-edge", false)]
    [InlineData("AMD-Vi0 0-edge", false)]
    public void Only_chips_behind_the_remapping_unit_are_remapped(string chip, bool expected) =>
        Assert.Equal(expected, InterruptTableParser.Parse(" 9: 0 " + chip + " x\n")!.Lines[0].IsRemapped);

    [Theory]
    [InlineData("IR-PCI-MSI 2097152-edge", "0000:04:00.0")]
    [InlineData("PCI-MSI 512000-edge", "0000:00:1f.2")]
    [InlineData("PCI-MSI 134758401-edge", "0001:01:01.0")]
    [InlineData("IO-APIC 16-fasteoi", null)]
    [InlineData("PCI-MSI-0000:00:01.0 0-edge", null)]
    [InlineData("PCI-MSI -1-edge", null)]
    [InlineData("PCI-MSI", null)]
    public void The_shared_MSI_domain_numbers_its_interrupts_by_requester(string chip, string? expected)
    {
        PciAddress? address = InterruptNames.FromHardwareNumber(chip);
        Assert.Equal(expected, address?.ToString());
    }

    [Fact]
    public void Counters_beyond_the_largest_number_do_not_overflow_a_named_row() =>
        Assert.Equal(long.MaxValue, InterruptTableParser.Parse("CPU0 CPU1\nLOC: 9223372036854775807 5 x\n")!.Named["LOC"]);
}
