using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;
using Passthrough.Host.Usage;
using Passthrough.Tests.Evidence;
using Xunit;

namespace Passthrough.Tests.Usage;

public class UsageReaderTests
{
    private const string Disk = "../../devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/nvme0n1";

    private static ScriptedEvidence Machine() => new ScriptedEvidence()
        .File("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n")
        .File("/proc/net/route", "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n");

    private static readonly PciInventory NoFunctions = new() { Devices = Reading.Of<IReadOnlyList<PciDevice>>([], "/sys/bus/pci/devices") };

    private static string[] Uses(HostUsage usage, string address) =>
        PciAddress.TryParse(address, out PciAddress parsed) && usage.Uses.TryGetValue(parsed, out IReadOnlyList<string>? uses) ? [.. uses] : [];

    [Fact]
    public void A_partition_leads_to_its_controller()
    {
        HostUsage usage = UsageReader.Read(Machine()
            .File("/proc/self/mountinfo", "22 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw\n23 22 259:1 / /boot\\040efi rw - vfat /dev/nvme0n1p1 rw\n")
            .Link("/sys/dev/block/259:2", Disk + "/nvme0n1p2").Link("/sys/dev/block/259:1", Disk + "/nvme0n1p1")
            .Link("/sys/class/block/nvme0n1p2", Disk + "/nvme0n1p2").Link("/sys/class/block/nvme0n1p1", Disk + "/nvme0n1p1"), NoFunctions);
        Assert.Equal(["mounted at /", "mounted at /boot efi"], Uses(usage, "0000:03:00.0"));
        Assert.Empty(usage.Unresolved);
        Assert.Single(usage.Uses);
    }

    [Fact]
    public void Device_mapper_over_md_leads_to_both_disks()
    {
        HostUsage usage = UsageReader.Read(Machine()
            .File("/proc/self/mountinfo", "22 1 253:0 / / rw - xfs /dev/mapper/vg-root rw\n")
            .Link("/sys/dev/block/253:0", "../../devices/virtual/block/dm-0")
            .Link("/sys/class/block/dm-0", "../../devices/virtual/block/dm-0").Folder("/sys/class/block/dm-0/slaves", "md0")
            .Link("/sys/class/block/md0", "../../devices/virtual/block/md0").Folder("/sys/class/block/md0/slaves", "sda1", "sdb1", "dm-0")
            .Link("/sys/class/block/sda1", "../../devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda/sda1")
            .Link("/sys/class/block/sdb1", "../../devices/pci10000:e0/10000:e1:00.0/ata2/block/sdb/sdb1"), NoFunctions);
        Assert.Equal(["mounted at /"], Uses(usage, "0000:00:17.0"));
        Assert.Equal(["mounted at /"], Uses(usage, "10000:e1:00.0"));
    }

    [Fact]
    public void Every_member_of_a_btrfs_and_every_path_of_a_multipath_namespace_is_in_use()
    {
        HostUsage usage = UsageReader.Read(Machine()
            .File("/proc/self/mountinfo", "22 1 0:30 /@ / rw - btrfs /dev/sda rw\n")
            .Folder("/sys/fs/btrfs", "features", "u-u").Folder("/sys/fs/btrfs/u-u/devices", "nvme0n1", "sda")
            .Link("/sys/class/block/sda", "../../devices/pci0000:00/0000:00:17.0/ata1/block/sda")
            .Link("/sys/class/block/nvme0n1", "../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1")
            .Folder("/sys/class/nvme-subsystem/nvme-subsys0", "model", "nvme0", "nvme0n1", "nvme1")
            .Link("/sys/class/nvme-subsystem/nvme-subsys0/nvme0", "../../../pci0000:00/0000:03:00.0/nvme/nvme0")
            .Link("/sys/class/nvme-subsystem/nvme-subsys0/nvme1", "../../../pci0000:00/0000:04:00.0/nvme/nvme1"), NoFunctions);
        Assert.Equal(["0000:00:17.0", "0000:03:00.0", "0000:04:00.0"], usage.Uses.Keys.Order().Select(key => key.ToString()));
    }

    [Fact]
    public void Zfs_is_unresolved_and_never_free()
    {
        HostUsage usage = UsageReader.Read(Machine().File("/proc/self/mountinfo", "22 1 0:30 / / rw - zfs rpool/ROOT rw\n"), NoFunctions);
        Assert.Equal(["zfs at /: its disks are not told by sysfs"], usage.Unresolved);
    }

    [Fact]
    public void Swap_on_a_mapped_device_is_followed()
    {
        HostUsage usage = UsageReader.Read(Machine()
            .File("/proc/self/mountinfo", "22 1 0:5 / /proc rw - proc proc rw\n")
            .File("/proc/swaps", "Filename\tType\tSize\n/dev/mapper/vg-swap partition 8 0 -2\n/swap.img file 8 0 -3\n")
            .Link("/dev/mapper/vg-swap", "../dm-1").Folder("/sys/class/block/dm-1/slaves", "sda2")
            .Link("/sys/class/block/sda2", "../../devices/pci0000:00/0000:00:17.0/block/sda/sda2"), NoFunctions);
        Assert.Equal(["swap"], Uses(usage, "0000:00:17.0"));
    }

    [Fact]
    public void The_default_route_is_followed_through_bridge_and_bond()
    {
        HostUsage usage = UsageReader.Read(Machine()
            .File("/proc/self/mountinfo", "22 1 0:5 / /proc rw - proc proc rw\n")
            .File("/proc/net/route", "Iface\tDestination\n"
                + "vmbr0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\neth9\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n")
            .Folder("/sys/class/net", "bond0", "eth0", "eth1", "vmbr0")
            .Link("/sys/class/net/vmbr0", "../../devices/virtual/net/vmbr0").Folder("/sys/class/net/vmbr0", "lower_bond0", "mtu")
            .Link("/sys/class/net/bond0", "../../devices/virtual/net/bond0").Folder("/sys/class/net/bond0", "lower_eth0", "lower_eth1", "upper_vmbr0")
            .Link("/sys/class/net/eth0", "../../devices/pci0000:00/0000:01:00.0/net/eth0").Folder("/sys/class/net/eth0", "upper_bond0")
            .Link("/sys/class/net/eth1", "../../devices/pci0000:00/0000:01:00.1/virtio3/net/eth1"), NoFunctions);
        Assert.Equal(["default route (vmbr0)", "eth0 is part of bond0"], Uses(usage, "0000:01:00.0"));
        Assert.Equal(["default route (vmbr0)"], Uses(usage, "0000:01:00.1"));
    }

    [Fact]
    public void Nothing_readable_is_unresolved()
    {
        HostUsage usage = UsageReader.Read(new ScriptedEvidence { Otherwise = Answer.NotRecorded }, NoFunctions);
        Assert.Empty(usage.Uses);
        Assert.All((string[])["mounted file systems", "swap", "default route", "/sys/class/block", "/sys/class/net"],
            place => Assert.Contains(usage.Unresolved, unseen => unseen.StartsWith(place, StringComparison.Ordinal)));
        Assert.Equal(Outcome.NotRecorded, usage.Holders.Outcome);
    }

    [Fact]
    public void Without_a_group_node_nobody_holds_one()
    {
        Assert.Empty(HolderReader.Read(new ScriptedEvidence()).Value!);
        Assert.True(HolderReader.Read(new ScriptedEvidence().Folder("/dev/vfio", "vfio")).IsKnown);
        Assert.False(HolderReader.Read(new ScriptedEvidence { Otherwise = Answer.Denied }.Folder("/dev/vfio", "12", "vfio")).IsKnown);
    }

    [Fact]
    public void Holders_come_with_their_guest_and_a_short_list_is_denied()
    {
        Reading<IReadOnlyList<VfioHolder>> whole = HolderReader.Parse("pid=42 node=/dev/vfio/12 guest=win 11\npid=7 node=/dev/vfio/13\nrubbish\nunseen=0\n");
        Assert.Equal([new VfioHolder("/dev/vfio/12", 42, "win 11"), new VfioHolder("/dev/vfio/13", 7, null)], whole.Value);
        Assert.Equal(Outcome.Denied, HolderReader.Parse("pid=42 node=/dev/vfio/12\nunseen=3\n").Outcome);
        Assert.Equal(Outcome.Failed, HolderReader.Parse("").Outcome);
    }

    [Theory]
    [InlineData("-name", "guest=win11,debug-threads=on", "win11")]
    [InlineData("-name", "plain", "plain")]
    [InlineData("-name", "guest=a,,b", "a,b")]
    [InlineData("-name", "debug-threads=on", null)]
    [InlineData("-m", "4096", null)]
    public void The_guests_name_is_read_from_the_command_line(string option, string value, string? expected) =>
        Assert.Equal(expected, LiveHolders.GuestName(["qemu", option, value]));

    [Fact]
    public void Uefi_is_unknown_where_the_firmware_folder_is_covered()
    {
        Assert.True(UsageReader.ReadUefi(new ScriptedEvidence().Folder("/sys/firmware/efi", "efivars")).Value);
        Reading<bool> legacy = UsageReader.ReadUefi(new ScriptedEvidence().Folder("/sys/firmware", "acpi"));
        Assert.True(legacy.IsKnown);
        Assert.False(legacy.Value);
        Assert.False(UsageReader.ReadUefi(new ScriptedEvidence().Folder("/sys/firmware")).IsKnown);
        Assert.False(UsageReader.ReadUefi(new ScriptedEvidence { Otherwise = Answer.NotRecorded }).IsKnown);
    }

    [Fact]
    public void An_ipv6_default_route_is_found_and_reject_routes_are_not()
    {
        string zero = new('0', 32);
        Assert.Equal(["eth0"], RouteTable.ParseIpv6(
            $"{zero} 00 {zero} 00 fe800000000000000000000000000001 00000064 00000001 00000000 00000003     eth0\n"
            + $"{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200       lo\n"
            + $"{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00000201     eth1\n"));
    }

    [Fact]
    public void A_zvol_as_swap_and_a_volume_without_disks_are_unresolved()
    {
        HostUsage usage = UsageReader.Read(Machine()
            .File("/proc/self/mountinfo", "22 1 253:0 / / rw - xfs /dev/mapper/vg-root rw\n23 1 7:0 / /snap rw - squashfs /dev/loop0 rw\n")
            .File("/proc/swaps", "Filename\tType\tSize\n/dev/zd0 partition 8 0 -2\n/dev/zram0 partition 8 0 -3\n")
            .Link("/sys/dev/block/253:0", "../../devices/virtual/block/dm-0").Link("/sys/dev/block/7:0", "../../devices/virtual/block/loop0")
            .Link("/sys/class/block/dm-0", "../../devices/virtual/block/dm-0").Folder("/sys/class/block/dm-0/slaves")
            .Link("/sys/class/block/zd0", "../../devices/virtual/block/zd0").Link("/sys/class/block/zram0", "../../devices/virtual/block/zram0"), NoFunctions);
        Assert.Contains(usage.Unresolved, what => what.StartsWith("dm-0 mounted at /:", StringComparison.Ordinal));
        Assert.Contains(usage.Unresolved, what => what.StartsWith("swap on /dev/zd0:", StringComparison.Ordinal));
        Assert.DoesNotContain(usage.Unresolved, what => what.Contains("zram", StringComparison.Ordinal) || what.Contains("loop", StringComparison.Ordinal));
    }

    [Fact]
    public void A_partition_of_an_md_device_leads_to_the_disks_of_the_whole()
    {
        HostUsage usage = UsageReader.Read(Machine()
            .File("/proc/self/mountinfo", "22 1 259:0 / / rw - xfs /dev/md0p1 rw\n")
            .Link("/sys/dev/block/259:0", "../../devices/virtual/block/md0/md0p1")
            .Link("/sys/class/block/md0p1", "../../devices/virtual/block/md0/md0p1")
            .Link("/sys/class/block/md0", "../../devices/virtual/block/md0").Folder("/sys/class/block/md0/slaves", "sda1")
            .Link("/sys/class/block/sda1", "../../devices/pci0000:00/0000:00:17.0/ata1/block/sda/sda1"), NoFunctions);
        Assert.Equal(["mounted at /"], Uses(usage, "0000:00:17.0"));
    }

    [Fact]
    public void A_screen_is_a_use_and_one_that_cannot_be_asked_is_said()
    {
        PciDevice screen = Diagnosis.Models.Device("0000:01:00.0") with
        {
            ClassCode = Reading.Of(0x030000u, "class"),
            Driver = Reading.Of("amdgpu", "driver"),
            BootVga = Reading.Of(true, "boot_vga"),
        };
        var pci = new PciInventory { Devices = Reading.Of<IReadOnlyList<PciDevice>>([screen], "/sys/bus/pci/devices") };
        HostUsage seen = UsageReader.Read(Machine().Folder("/sys/bus/pci/devices/0000:01:00.0/graphics", "fb0"), pci);
        Assert.Equal(["boot display", "framebuffer fb0"], Uses(seen, "0000:01:00.0"));
        Assert.Empty(seen.UnseenOf);
        HostUsage unseen = UsageReader.Read(new ScriptedEvidence { Otherwise = Answer.Denied }, pci);
        Assert.Equal("whether it drives a framebuffer", Assert.Single(unseen.UnseenOf).Value);
    }
}
