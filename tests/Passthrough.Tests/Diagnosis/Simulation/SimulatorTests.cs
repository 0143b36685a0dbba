using Passthrough.Diagnosis.Simulation;
using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Host.Usage;
using Passthrough.Tests.Diagnosis.Checks;
using Passthrough.Tests.Diagnosis.Grouping;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Simulation;

public sealed class SimulatorTests
{
    private static readonly (int, int) On = (Tree.AllBits, Tree.AllBits);
    private static readonly PciDevice Port = Tree.Of("0000:00:01.0", Tree.RootPort, acs: On, group: "1");
    private static readonly PciDevice Disk = Tree.Of("0000:01:00.0", Tree.Endpoint, "0000:00:01.0", group: "2", driver: "nvme");

    private static SimulationResult Run(HostModel model, params string[] requested) => Simulator.Simulate(model, [.. requested.Select(DeviceCase.Address)]);

    [Fact]
    public void A_function_of_its_own_group_that_the_host_does_not_use_can_leave()
    {
        SimulationResult result = Run(Tree.Machine(Port, Disk), "0000:01:00.0");
        Assert.Equal(SimulationOutcome.Possible, result.Outcome);
        Assert.Equal(DeviceCase.Address("0000:01:00.0"), Assert.Single(result.Leaving).Address);
        Assert.True(Assert.Single(result.Groups).ViableAfter);
        Assert.False(result.Groups[0].ViableBefore);
    }

    [Theory]
    [InlineData("mounted at /", StopKind.BootCritical)]
    [InlineData("mounted at /boot/efi", StopKind.BootCritical)]
    [InlineData("mounted at /var/lib/docker", StopKind.BootCritical)]
    [InlineData("swap", StopKind.BootCritical)]
    [InlineData("default route (br0)", StopKind.BootCritical)]
    [InlineData("mounted at /varieties", StopKind.InUse)]
    [InlineData("nvme0n1p3 is held by dm-0", StopKind.InUse)]
    public void What_the_host_uses_stops_it(string use, StopKind kind)
    {
        SimulationResult result = Run(Tree.Machine(Port, Disk).Using("0000:01:00.0", use), "0000:01:00.0");
        Assert.Equal(SimulationOutcome.Stop, result.Outcome);
        Assert.Equal(kind, Assert.Single(result.Stops).Kind);
        Assert.NotEmpty(result.Stops[0].WayOut);
        Assert.Equal(kind == StopKind.BootCritical, Assert.Single(result.Losses).BootCritical);
    }

    [Fact]
    public void The_boot_display_is_a_loss_and_no_stop()
    {
        SimulationResult result = Run(Tree.Machine(Port, Disk).Using("0000:01:00.0", "boot display"), "0000:01:00.0");
        Assert.Equal(SimulationOutcome.Possible, result.Outcome);
        Assert.Single(result.Losses);
    }

    [Fact]
    public void A_group_mate_with_the_root_file_system_stops_it()
    {
        PciDevice card = Tree.Of("0000:02:00.0", Tree.Endpoint, "0000:00:01.0", group: "2", driver: "vfio-pci");
        SimulationResult result = Run(Tree.Machine(Port, Disk, card).Using("0000:01:00.0", "mounted at /"), "0000:02:00.0");
        Assert.Equal(SimulationOutcome.Stop, result.Outcome);
        Assert.Contains(result.Leaving, item => item.Address == Disk.Address && item.Reason == LeavingReason.GroupMate && item.BecauseOf == card.Address);
        Assert.Contains("slot", result.Stops[0].WayOut, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_in_the_group_stays_with_the_host_and_blocks_nothing()
    {
        // Trap 12: not every member must be bound to vfio-pci, and bridges must not.
        PciDevice port = Port with { IommuGroup = Models.Known("2") };
        SimulationResult result = Run(Tree.Machine(port, Disk), "0000:01:00.0");
        Assert.Equal(SimulationOutcome.Possible, result.Outcome);
        Assert.Single(result.Leaving);
        Assert.Equal([port.Address], result.Groups[0].Staying);
    }

    [Fact]
    public void A_function_that_only_its_bus_can_reset_takes_the_bus_along()
    {
        // Trap 10: the reset file is there for any method and says nothing of its scope.
        PciDevice one = Disk with { ResetMethods = Models.Known<IReadOnlyList<string>>(["bus"]), HasReset = Models.Known(true) };
        PciDevice other = Tree.Of("0000:01:00.1", Tree.Endpoint, "0000:00:01.0", On, true, "3", "snd_hda_intel");
        SimulationResult result = Run(Tree.Machine(Port, one, other), "0000:01:00.0");
        Assert.Contains(result.Leaving, item => item.Address == other.Address && item.Reason == LeavingReason.ResetTogether);
        Assert.False(result.Resets[0].Alone);
        Assert.Equal([other.Address], result.Resets[0].Along);
    }

    [Fact]
    public void Virtual_functions_go_with_their_physical_function()
    {
        PciDevice virtualFunction = Tree.Of("0000:01:10.0", Tree.Endpoint, "0000:00:01.0", group: "5", driver: "vfio-pci") with
        {
            Sriov = new PciSriov(Models.Absent<long>(), Models.Absent<long>(), Models.Absent<bool>(), Disk.Address, []),
        };
        PciDevice physical = Disk with { Sriov = new PciSriov(Models.Known(4L), Models.Known(1L), Models.Known(true), null, [virtualFunction.Address]) };
        Assert.Contains(Run(Tree.Machine(Port, physical, virtualFunction), "0000:01:00.0").Leaving, item => item.Reason == LeavingReason.VirtualFunction);
        Assert.Single(Run(Tree.Machine(Port, physical, virtualFunction), "0000:01:10.0").Leaving);
    }

    [Fact]
    public void What_is_behind_a_use_and_not_seen_is_never_a_go_ahead()
    {
        HostModel model = Tree.Machine(Port, Disk);
        SimulationResult result = Run(model with { Usage = model.Usage with { Unresolved = ["zfs at /: its disks are not told by sysfs"] } }, "0000:01:00.0");
        Assert.Equal(SimulationOutcome.Unknown, result.Outcome);
        Assert.Contains("zfs", result.Unknowns[0].Sentence, StringComparison.Ordinal);
        SimulationResult screen = Run(model with
        {
            Usage = model.Usage with { UnseenOf = new Dictionary<PciAddress, string> { [Disk.Address] = "whether it drives a framebuffer" } },
        }, "0000:01:00.0");
        Assert.Equal(SimulationOutcome.Unknown, screen.Outcome);
    }

    [Fact]
    public void A_machine_of_which_nothing_is_known_never_gets_a_go_ahead() =>
        Assert.Equal(SimulationOutcome.Unknown, Run(Models.Blank.With(Models.Device("0000:01:00.0")), "0000:01:00.0").Outcome);

    [Fact]
    public void A_fixed_mapping_no_group_and_a_bridge_stop_it()
    {
        HostModel model = Tree.Machine(Port, Disk);
        HostModel direct = model with
        {
            Iommu = model.Iommu with { Groups = [.. model.Iommu.Groups.Select(group => group with { ReservedRegions = Models.Known<IReadOnlyList<ReservedRegion>>([new(0, 1, "direct")]) })] },
        };
        Assert.Contains(Run(direct, "0000:01:00.0").Stops, stop => stop.Kind == StopKind.ReservedRegion);
        HostModel relaxable = model with
        {
            Iommu = model.Iommu with { Groups = [.. model.Iommu.Groups.Select(group => group with { ReservedRegions = Models.Known<IReadOnlyList<ReservedRegion>>([new(0, 1, "direct-relaxable")]) })] },
        };
        Assert.Equal(SimulationOutcome.Possible, Run(relaxable, "0000:01:00.0").Outcome);
        Assert.Contains(Run(model, "0000:00:01.0").Stops, stop => stop.Kind == StopKind.Bridge);
        PciDevice loose = Disk with { IommuGroup = Models.Absent<string>() };
        Assert.Contains(Run(Tree.Machine(Port, loose), "0000:01:00.0").Stops, stop => stop.Kind == StopKind.NoGroup);
    }

    [Fact]
    public void Interrupts_that_are_not_remapped_stop_it()
    {
        HostModel model = Tree.Machine(Port, Disk).WithInterrupts(DeviceCase.Line("30", "PCI-MSI-0000:01:00.0 0-edge", "nvme0q0"));
        Assert.Contains(Run(model, "0000:01:00.0").Stops, stop => stop.Kind == StopKind.InterruptRemapping);
        HostModel unsafeOne = model.WithParameter("vfio_iommu_type1/allow_unsafe_interrupts", "Y");
        Assert.Equal(SimulationOutcome.Possible, Run(unsafeOne, "0000:01:00.0").Outcome);
        Assert.Single(Run(unsafeOne, "0000:01:00.0").Notes);
    }

    [Fact]
    public void The_video_of_a_management_controller_is_named()
    {
        PciDevice video = Disk with { VendorId = Models.Known<ushort>(0x1a03), DeviceId = Models.Known<ushort>(0x2000), ClassCode = Models.Known(0x030000u) };
        Assert.Contains(Run(Tree.Machine(Port, video), "0000:01:00.0").Losses, loss => loss.Use.Contains("management", StringComparison.Ordinal));
    }

    [Fact]
    public void A_guest_that_holds_the_group_is_named()
    {
        HostModel model = Tree.Machine(Port, Disk);
        model = model with { Usage = model.Usage with { Holders = Models.Known<IReadOnlyList<VfioHolder>>([new VfioHolder("/dev/vfio/2", 4711, "win")]) } };
        Assert.Contains("win", Assert.Single(Run(model, "0000:01:00.0").Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Outcome.Denied)]
    [InlineData(Outcome.NotRecorded)]
    [InlineData(Outcome.Failed)]
    public void Losing_any_reading_of_the_function_leaves_no_go_ahead(Outcome outcome)
    {
        Reading<T> Lost<T>() => Reading.Missing<T>(outcome, "/lost");
        HostModel model = Tree.Machine(Port, Disk);
        Assert.Equal(SimulationOutcome.Unknown, Run(Tree.Machine(Port, Disk with { Driver = Lost<string>(), HasVfioFolder = Lost<bool>() }), "0000:01:00.0").Outcome);
        Assert.Equal(SimulationOutcome.Unknown, Run(Tree.Machine(Port, Disk with { ResetMethods = Lost<IReadOnlyList<string>>() }), "0000:01:00.0").Outcome);
        Assert.Equal(SimulationOutcome.Unknown, Run(Tree.Machine(Port, Disk with { IommuGroup = Lost<string>() }), "0000:01:00.0").Outcome);
        Assert.Equal(SimulationOutcome.Unknown, Run(model with { Interrupts = model.Interrupts with { Table = Lost<global::Passthrough.Host.Interrupts.InterruptTable>() } }, "0000:01:00.0").Outcome);
        HostModel regions = model with { Iommu = model.Iommu with { Groups = [.. model.Iommu.Groups.Select(group => group with { ReservedRegions = Lost<IReadOnlyList<ReservedRegion>>() })] } };
        Assert.Equal(SimulationOutcome.Unknown, Run(regions, "0000:01:00.0").Outcome);
    }
}
