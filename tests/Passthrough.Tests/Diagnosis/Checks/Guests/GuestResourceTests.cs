using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks.Guests;

/// <summary>Huge pages, memory, address space, nodes and CPUs of guests.</summary>
public sealed class GuestResourceTests
{
    private const long Small = 2L << 20;
    private const long Large = 1L << 30;
    private const string Hugepages = "<memoryBacking><hugepages/></memoryBacking>";
    private static readonly string _device = GuestCase.Hostdev("0000:01:00.0");

    [Theory]
    [InlineData(2048, 2048, 0L, Verdict.Pass)]
    [InlineData(4096, 100, 0L, Verdict.Warn)]
    [InlineData(100, 100, 0L, Verdict.Fail)]
    [InlineData(100, 100, 4096L, Verdict.Warn)]
    [InlineData(100, 100, null, Verdict.Unknown)]
    public void A_guest_fits_when_its_pages_are_free(long total, long free, long? more, Verdict expected) => Assert.Equal(expected,
        GuestCase.Of(new Hug002GuestFits(), Host(0).WithPools((Small, total, free, more)).WithGuest(GuestCase.Xml(_device, Hugepages))));

    [Fact]
    public void Free_pages_on_another_node_or_of_another_size_do_not_help()
    {
        HostModel model = Host(1).WithNodes(2, (0, Small, 4096, 4096), (1, Small, 100, 100), (1, Large, 8, 8)).WithPools((Small, 4196, 4196, 0), (Large, 8, 8, 0));
        string bound = "<numatune><memory mode='strict' nodeset='0-1,^0'/></numatune>";
        Finding finding = GuestCase.One(new Hug002GuestFits(), model.WithGuest(GuestCase.Xml(_device, Hugepages + bound)));
        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.Contains("2048 pages of 2 MiB (4 GiB); node 1 has 100, of which 100 are free: 1948 are missing", finding.Message, StringComparison.Ordinal);
        string large = "<memoryBacking><hugepages><page size='1' unit='G' nodeset='0'/></hugepages></memoryBacking>";
        Assert.Equal(Verdict.Pass, GuestCase.Of(new Hug002GuestFits(), model.WithGuest(GuestCase.Xml(_device, large + bound))));
        Assert.Equal(Verdict.Pass, GuestCase.Of(new Hug002GuestFits(), model.WithGuest(GuestCase.Xml(_device, Hugepages))));
    }

    [Fact]
    public void A_running_guest_has_its_pages_and_an_unseen_one_may()
    {
        HostModel model = Host(0).WithPools((Small, 100, 100, 0));
        Guest guest = GuestCase.Guest(GuestCase.Xml(_device, Hugepages));
        Assert.Equal(Verdict.Pass, GuestCase.Of(new Hug002GuestFits(), model.WithGuests(guest with { IsRunning = true })));
        Assert.Equal(Verdict.Unknown, GuestCase.Of(new Hug002GuestFits(), model.WithGuests(guest with { IsRunning = null })));
    }

    [Fact]
    public void A_page_size_must_exist_and_its_nodeset_counts_the_guests_cells()
    {
        HostModel model = Host(0).WithPools((Small, 100, 100, 0));
        Assert.Equal(Verdict.Pass, GuestCase.Of(new Virt005PageSizes(), model.WithGuest(GuestCase.Xml(_device, Hugepages))));
        Assert.Equal(Verdict.Fail, GuestCase.Of(new Virt005PageSizes(), model.WithGuest(GuestCase.Xml(_device, "<memoryBacking><hugepages><page size='1048576'/></hugepages></memoryBacking>"))));
        Assert.Equal(Verdict.Fail, GuestCase.Of(new Virt005PageSizes(), model.WithGuest(GuestCase.Xml(_device, "<memoryBacking><hugepages><page size='2048' nodeset='1'/></hugepages></memoryBacking>"))));
    }

    [Theory]
    [InlineData("", Verdict.Pass)]
    [InlineData("<memtune><hard_limit unit='G'>3</hard_limit></memtune>", Verdict.Fail)]
    [InlineData("<memtune><hard_limit unit='MiB'>4100</hard_limit></memtune>", Verdict.Warn)]
    [InlineData("<memtune><hard_limit>5242880</hard_limit></memtune>", Verdict.Pass)]
    public void A_hard_limit_must_leave_room(string more, Verdict expected) =>
        Assert.Equal(expected, GuestCase.Of(new Virt007HardLimit(), Host(0).WithGuest(GuestCase.Xml(_device, more))));

    [Theory]
    [InlineData("<iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu>", "<features><ioapic driver='qemu'/></features>", "q35", Verdict.Pass)]
    [InlineData("<iommu model='intel'><driver intremap='on' caching_mode='off'/></iommu>", "<features><ioapic driver='qemu'/></features>", "q35", Verdict.Fail)]
    [InlineData("<iommu model='intel'/>", "", "q35", Verdict.Fail)]
    [InlineData("<iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu>", "", "q35", Verdict.Warn)]
    [InlineData("<iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu>", "<features><ioapic driver='kvm'/></features>", "q35", Verdict.Fail)]
    [InlineData("<iommu model='intel'><driver caching_mode='on'/></iommu>", "", "q35", Verdict.Pass)]
    [InlineData("<iommu model='intel'><driver caching_mode='on'/></iommu>", "", "pc-i440fx-8.2", Verdict.Fail)]
    [InlineData("<iommu model='virtio'/>", "", "q35", Verdict.NotApplicable)]
    public void A_virtual_iommu_has_prerequisites(string iommu, string features, string machine, Verdict expected) =>
        Assert.Equal(expected, GuestCase.Of(new Virt008VirtualIommu(), Host(0).WithGuest(GuestCase.Xml(_device + iommu, features, machine: machine))));

    [Theory]
    [InlineData(39, 4, Verdict.Pass)]
    [InlineData(39, 600, Verdict.Fail)]
    [InlineData(39, 500, Verdict.Warn)]
    [InlineData(48, 600, Verdict.Pass)]
    public void Memory_must_end_below_what_the_iommu_translates(int bits, int gigabytes, Verdict expected)
    {
        ulong cap = ((ulong)(bits - 1) << 16) | (bits > 39 ? 0x600UL : 0x200UL);
        string xml = GuestCase.Xml(_device).Replace(">4</memory>", FormattableString.Invariant($">{gigabytes}</memory>"), StringComparison.Ordinal);
        Assert.Equal(expected, GuestCase.Of(new Virt009AddressWidth(), Host(0).WithUnits(DeviceCase.Unit("dmar0", cap)).WithGuest(xml)));
        Assert.Equal(Verdict.Unknown, GuestCase.Of(new Virt009AddressWidth(), Host(0).WithUnits(DeviceCase.Unit("dmar0")).WithGuest(xml)));
    }

    [Theory]
    [InlineData(8L << 30, "", Verdict.Pass)]
    [InlineData(40L << 30, "", Verdict.Warn)]
    [InlineData(40L << 30, "<controller type='pci' index='0' model='pcie-root'><pcihole64 unit='G'>64</pcihole64></controller>", Verdict.Pass)]
    public void Large_bars_need_a_window_of_their_size(long bytes, string controller, Verdict expected)
    {
        HostModel model = Models.Blank.With(DeviceCase.Device("0000:01:00.0") with { Bars = Models.Known<IReadOnlyList<PciBar>>([new PciBar(0, 0, (ulong)bytes, PciBarKind.Memory64, true)]) });
        Assert.Equal(expected, GuestCase.Of(new Bar003MmioHole(), model.WithGuest(GuestCase.Xml(_device + controller))));
        Assert.Equal(Verdict.Unknown, GuestCase.Of(new Bar003MmioHole(), Host(0).WithGuest(GuestCase.Xml(_device))));
    }

    [Theory]
    [InlineData("2", "1", Verdict.Pass, Verdict.Pass)]
    [InlineData("0-1", "0", Verdict.Warn, Verdict.Warn)]
    [InlineData(null, null, Verdict.Note, Verdict.Note)]
    public void Virtual_cpus_and_memory_belong_on_the_node_of_the_function(string? cpus, string? nodes, Verdict placed, Verdict bound)
    {
        string more = (cpus is null ? "" : "<cputune>" + string.Concat(Enumerable.Range(0, 4).Select(cpu => FormattableString.Invariant($"<vcpupin vcpu='{cpu}' cpuset='{cpus}'/>"))) + "</cputune>")
            + (nodes is null ? "" : $"<numatune><memory mode='strict' nodeset='{nodes}'/></numatune>");
        HostModel model = Host(1).WithNodes(2).WithGuest(GuestCase.Xml(_device, more));
        Assert.Equal((placed, bound), (GuestCase.Of(new Num002GuestCpus(), model), GuestCase.Of(new Num003GuestMemory(), model)));
        HostModel unknown = Host(-1).WithNodes(2).WithGuest(GuestCase.Xml(_device, more));
        Assert.Equal((Verdict.Unknown, Verdict.Unknown), (GuestCase.Of(new Num002GuestCpus(), unknown), GuestCase.Of(new Num003GuestMemory(), unknown)));
        HostModel single = Host(-1).WithNodes(1).WithGuest(GuestCase.Xml(_device, more));
        Assert.Equal((Verdict.Pass, Verdict.Pass), (GuestCase.Of(new Num002GuestCpus(), single), GuestCase.Of(new Num003GuestMemory(), single)));
    }

    [Theory]
    [InlineData("<cputune><vcpupin vcpu='0' cpuset='2'/></cputune>", Verdict.Pass)]
    [InlineData("<cputune><vcpupin vcpu='0' cpuset='8'/></cputune>", Verdict.Fail)]
    [InlineData("<cputune><emulatorpin cpuset='3-4'/></cputune>", Verdict.Warn)]
    [InlineData("<cputune><emulatorpin cpuset='x'/></cputune>", Verdict.Fail)]
    [InlineData("<numatune><memory mode='strict' nodeset='2'/></numatune>", Verdict.Fail)]
    [InlineData("<vcpu cpuset='0-1'>4</vcpu><numatune><memory mode='strict' nodeset='1'/></numatune>", Verdict.Warn)]
    public void Placement_names_what_is_there(string more, Verdict expected) => Assert.Equal(expected,
        GuestCase.Of(new Virt006Placement(), Host(1).WithNodes(2).WithCpus(4).WithGuest(GuestCase.Xml(_device, more).Replace("<vcpu>4</vcpu>", "", StringComparison.Ordinal))));

    [Fact]
    public void Threads_of_a_core_belong_to_one_guest_and_to_one_pair()
    {
        // CPUs 0 and 4, 1 and 5 … are threads of one core.
        string Pins(params int[] cpus) => "<cpu><topology sockets='1' cores='2' threads='2'/></cpu><cputune>"
            + string.Concat(cpus.Select((cpu, vcpu) => FormattableString.Invariant($"<vcpupin vcpu='{vcpu}' cpuset='{cpu}'/>"))) + "</cputune>";
        HostModel model = Host(0).WithCpus(8);
        Guest good = GuestCase.Guest(GuestCase.Xml(_device, Pins(2, 6, 3, 7)));
        Guest other = GuestCase.Guest(GuestCase.Xml(_device, Pins(7), "arch"), "arch");
        Assert.Equal(Verdict.Pass, GuestCase.Of(new Cpu004SmtSiblings(), model.WithGuests(good)));
        Assert.Equal(Verdict.Warn, GuestCase.Of(new Cpu004SmtSiblings(), model.WithGuest(GuestCase.Xml(_device, Pins(2, 3, 6, 7)))));
        Assert.Equal(Verdict.Warn, GuestCase.Of(new Cpu004SmtSiblings(), model.WithGuests(good, other with { IsRunning = true })));
        Assert.Equal(Verdict.Note, GuestCase.Of(new Cpu004SmtSiblings(), model.WithGuests(good, other)));
        Assert.Equal(Verdict.Unknown, GuestCase.Of(new Cpu004SmtSiblings(), Host(0).WithGuests(good)));
    }

    [Theory]
    [InlineData("2-3", "<cputune><vcpupin vcpu='0' cpuset='2'/><vcpupin vcpu='1' cpuset='3'/><emulatorpin cpuset='0-1'/></cputune>", Verdict.Pass)]
    [InlineData("2-3", "<cputune><vcpupin vcpu='0' cpuset='2'/><emulatorpin cpuset='3'/></cputune>", Verdict.Warn)]
    [InlineData("2-3", "<cputune><vcpupin vcpu='0' cpuset='2-3'/></cputune>", Verdict.Warn)]
    [InlineData("2-3", "<cputune><vcpupin vcpu='0' cpuset='1'/></cputune>", Verdict.Note)]
    [InlineData("", "<cputune><vcpupin vcpu='0' cpuset='1'/><emulatorpin cpuset='1'/></cputune>", Verdict.Note)]
    [InlineData("", "", Verdict.Pass)]
    public void Isolated_cpus_are_for_virtual_cpus(string isolated, string more, Verdict expected) =>
        Assert.Equal(expected, GuestCase.Of(new Cpu005IsolatedPins(), Host(0).WithCpus(4, isolated).WithGuest(GuestCase.Xml(_device, more))));

    [Fact]
    public void Pinned_memory_is_what_is_left_beside_the_pools()
    {
        HostModel model = Host(0).WithPools((Small, 1024, 0, 0));
        HostModel With(long bytes) => model with { Memory = model.Memory with { TotalBytes = Models.Known(bytes) } };
        Guest guest = GuestCase.Guest(GuestCase.Xml(_device));
        Guest other = GuestCase.Guest(GuestCase.Xml(_device, name: "arch"), "arch") with { IsAutostarted = true };
        Assert.Equal(Verdict.Pass, GuestCase.Of(new Mem001PinnedMemory(), With(8L << 30).WithGuests(guest)));
        Assert.Equal(Verdict.Fail, GuestCase.Of(new Mem001PinnedMemory(), With(5L << 30).WithGuests(guest)));
        Assert.Equal(Verdict.Warn, GuestCase.Of(new Mem001PinnedMemory(), With(8L << 30).WithGuests(guest, other)));
        Assert.Equal(Verdict.Unknown, GuestCase.Of(new Mem001PinnedMemory(), With(8L << 30).WithGuests(guest, GuestCase.Denied("arch"))));
    }

    [Fact]
    public void The_budget_counts_memory_once_for_each_function_behind_a_virtual_iommu()
    {
        HostModel model = Models.Blank.With(DeviceCase.Device("0000:01:00.0"), DeviceCase.Device("0000:02:00.0"));
        Guest guest = GuestCase.Guest(GuestCase.Xml(_device + GuestCase.Hostdev("0000:02:00.0") + "<iommu model='intel'/>"));
        IReadOnlyList<(string Title, string Text)> lines = DomainLint.Budget(model, guest);
        Assert.Contains(lines, line => line.Text.StartsWith("2 functions x 4 GiB (virtual IOMMU, libvirt 8.7 and later) + 1 GiB = 9 GiB", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Text.Contains("1048576 at 4 KiB (too many), 2048 at 2 MiB, 4 at 1 GiB", StringComparison.Ordinal));
    }

    private static HostModel Host(long node) => Models.Blank.With(DeviceCase.Device("0000:01:00.0", "vfio-pci", group: "12") with { NumaNode = Models.Known(node) });
}
