using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Host.Acpi;
using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Fw007Tests
{
    private static readonly Fw007ReservedMemory _check = new();

    private static PciDevice Nic(uint classCode = 0x020000) => Models.Device("0000:00:05.0") with { ClassCode = Models.Known(classCode) };

    private static HostModel Regions(params ReservedRegion[] regions) => Models.Blank.Devices(Nic()).Groups(Models.Group("1", "0000:00:05.0") with
    {
        ReservedRegions = Reading.Of<IReadOnlyList<ReservedRegion>>(regions, "/sys/kernel/iommu_groups/1/reserved_regions"),
    });

    private static DmarReservedRegion Rmrr(byte bus, params (byte, byte)[] path) =>
        new(0, 0x70000000, 0x7000ffff, [new DmarScope(1, 0, bus, path)]);

    [Fact]
    public void Without_a_candidate_it_is_a_note() => Assert.Equal(Verdict.Note, _check.Single(PlatformModels.HealthyIntel.Devices()).Verdict);

    [Fact]
    public void A_direct_region_fails()
    {
        Finding finding = _check.Single(Regions(new(0xfee00000, 0xfeefffff, "msi"), new(0x70000000, 0x7000ffff, "direct")), Nic());

        Assert.Equal((Verdict.Fail, "0000:00:05.0"), (finding.Verdict, finding.Subject));
        Assert.Contains("0x70000000 to 0x7000ffff", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_relaxable_region_does_not_block() => Assert.Equal(Verdict.Pass,
        _check.Single(Regions(new(0x70000000, 0x7000ffff, "direct-relaxable"), new(0xfee00000, 0xfeefffff, "msi"), new(0, 0xfff, "reserved")), Nic()).Verdict);

    [Fact]
    public void What_the_kernel_lists_outweighs_the_table() =>
        Assert.Equal(Verdict.Pass, _check.Single(Regions().DmarTable(1, Rmrr(0, (5, 0))), Nic()).Verdict);

    [Fact]
    public void An_rmrr_in_the_table_fails_where_the_regions_were_not_read() =>
        Assert.Equal(Verdict.Fail, _check.Single(Models.Blank.Devices(Nic()).DmarTable(1, Rmrr(0, (5, 0))), Nic()).Verdict);

    [Theory]
    [InlineData(0x0c0330u)]
    [InlineData(0x030000u)]
    public void The_kernel_relaxes_usb_and_graphics(uint classCode) =>
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Devices(Nic(classCode)).DmarTable(1, Rmrr(0, (5, 0))), Nic(classCode)).Verdict);

    [Fact]
    public void An_rmrr_for_another_device_passes() =>
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Devices(Nic()).DmarTable(1, Rmrr(0, (6, 0))), Nic()).Verdict);

    [Fact]
    public void A_path_through_a_bridge_is_followed()
    {
        PciDevice port = Models.Device("0000:00:1c.0"), device = Models.Device("0000:03:00.0") with { Parent = port.Address, ClassCode = Models.Known(0x020000u) };

        Assert.Equal(Verdict.Fail, _check.Single(Models.Blank.Devices(port, device).DmarTable(1, Rmrr(0, (0x1c, 0), (0, 0))), device).Verdict);
    }

    [Fact]
    public void A_path_that_cannot_be_followed_leaves_the_answer_unknown() =>
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Devices(Nic()).DmarTable(1, Rmrr(0, (0x1c, 0), (0, 0))), Nic()).Verdict);

    [Fact]
    public void An_ivmd_entry_for_the_device_warns()
    {
        Assert.True(PciAddress.TryParse("0000:00:05.0", out PciAddress address));
        var model = Models.Blank.Devices(Nic()).IvrsTable([1], new IvrsMemoryBlock(0x21, 1, address, 0, 0x1000, 0x1000));

        Assert.Equal(Verdict.Warn, _check.Single(model, Nic()).Verdict);
    }

    [Fact]
    public void An_ivmd_exclusion_range_demands_no_mapping() => Assert.Equal(Verdict.Pass,
        _check.Single(Models.Blank.Devices(Nic()).IvrsTable([1], new IvrsMemoryBlock(0x20, 8, default, 0, 0x1000, 0x1000)), Nic()).Verdict);

    [Fact]
    public void The_kernels_refusal_in_the_log_fails()
    {
        HostModel model = Regions().Log(false, (LogEventKind.ReservedMemoryRefusal, "vfio-pci 0000:00:05.0: Firmware has requested this device have a 1:1 IOMMU mapping, rejecting"));
        model = model with
        {
            Log = new KernelLog
            {
                Content = model.Log.Content with { Value = model.Log.Content.Value! with { Events = [model.Log.Content.Value!.Events[0] with { Device = Nic().Address }] } },
            },
        };

        Assert.Equal(Verdict.Fail, _check.Single(model, Nic()).Verdict);
    }

    [Fact]
    public void Neither_regions_nor_tables_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Devices(Nic()), Nic()).Verdict);
}
