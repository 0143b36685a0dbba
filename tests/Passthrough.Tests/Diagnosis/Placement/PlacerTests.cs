using CsCheck;
using Passthrough.Diagnosis.Placement;
using Passthrough.Host.Cpu;
using Passthrough.Host.Model;
using Passthrough.Tests.Diagnosis.Checks;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Placement;

public class PlacerTests
{
    private const string Near = "0000:41:00.0";

    [Fact]
    public void A_host_of_which_nothing_is_known_places_nothing_and_says_why()
    {
        GuestPlacement placement = One(Models.Blank, Guest(2));
        Assert.Empty(placement.VcpuPins);
        Assert.Contains("/not/recorded", Assert.Single(placement.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_lies_on_whole_cores_of_its_devices_node_with_QEMU_on_the_hosts_core()
    {
        GuestPlacement placement = One(Host(), Guest(4));

        // Node 1 has cores 4 to 7, whose second threads are 12 to 15.
        Assert.Equal([4, 12, 5, 13], placement.VcpuPins);
        Assert.Equal((1, 4), (placement.Cells[0].Node!.Value, placement.Cells[0].Vcpus));
        Assert.Equal(2, placement.ThreadsPerCore);
        Assert.Equal("0,8", placement.EmulatorCpus.ToString());
        Assert.True(placement.Fits);
    }

    [Fact]
    public void An_odd_number_leaves_a_thread_idle_and_says_so()
    {
        GuestPlacement placement = One(Host(), Guest(3));
        Assert.Equal([4, 12, 5], placement.VcpuPins);
        Assert.Equal(1, placement.ThreadsPerCore);
        Assert.Contains("stays idle", Assert.Single(placement.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Isolated_CPUs_are_the_guests_and_the_others_are_QEMUs()
    {
        GuestPlacement placement = One(PlacedHost.Of(2, 4, 2, isolated: "5-7,13-15").With(PlacedHost.Device(Near, 1)), Guest(4));
        Assert.Equal([5, 13, 6, 14], placement.VcpuPins);
        Assert.Equal("4,12", placement.EmulatorCpus.ToString());
    }

    [Fact]
    public void A_guest_too_large_for_its_node_spans_the_fewest_and_has_a_cell_on_each()
    {
        GuestPlacement placement = One(Host(), Guest(12, memoryBytes: 9 * PlacedHost.GiB));
        Assert.Equal([(1, 0, 6), (0, 6, 6)], placement.Cells.Select(cell => (cell.Node!.Value, cell.FirstVcpu, cell.Vcpus)));
        Assert.Equal(9 * PlacedHost.GiB, placement.Cells.Sum(cell => cell.MemoryBytes));
        Assert.Contains("Node 1 has 8 CPUs", Assert.Single(placement.Notes), StringComparison.Ordinal);
        Assert.True(placement.Fits);
    }

    [Fact]
    public void A_node_that_is_full_sends_the_next_guest_to_the_other_one_and_says_so()
    {
        IReadOnlyList<GuestPlacement> both = Placer.Place(Host(), [Guest(6), Guest(4) with { Name = "second" }]);
        Assert.Equal(0, both[1].Cells[0].Node);
        Assert.Equal([1, 9, 2, 10], both[1].VcpuPins);
        Assert.Contains("Node 1, which its devices are on, has 2 CPUs for guests and 4 are asked for", Assert.Single(both[1].Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_said_with_the_arithmetic()
    {
        GuestPlacement cpus = One(Host(), Guest(64));
        Assert.Contains("64 virtual CPUs do not fit: node 1 has 8, node 0 has 6", Assert.Single(cpus.Problems), StringComparison.Ordinal);
        Assert.Empty(cpus.VcpuPins);

        GuestPlacement memory = One(Host(), Guest(2, memoryBytes: 80 * PlacedHost.GiB));
        Assert.Contains("64 GiB are free, 16 GiB are missing", Assert.Single(memory.Problems), StringComparison.Ordinal);

        GuestPlacement size = One(Host(), Guest(2) with { HugePageBytes = 4 * PlacedHost.MiB });
        Assert.Contains("no pool of 4 MiB pages", Assert.Single(size.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Pages_that_the_pool_lacks_are_counted_and_taken_once()
    {
        HostModel host = PlacedHost.Of(2, 4, 2, freePages: 1024).With(PlacedHost.Device(Near, 1));
        GuestRequest guest = Guest(2, memoryBytes: 3 * PlacedHost.GiB) with { HugePageBytes = 2 * PlacedHost.MiB };
        IReadOnlyList<GuestPlacement> both = Placer.Place(host, [guest, guest with { Name = "second", Devices = [] }]);
        Assert.Equal(512, both[0].Cells[0].MissingHugePages);
        Assert.True(both[0].Fits);
        Assert.Equal(512, both[1].Cells[0].MissingHugePages);
    }

    [Fact]
    public void Guests_never_share_a_core_with_each_other_or_with_QEMU() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 8], Gen.Int[1, 2], Gen.Int[1, 12].Array[1, 5]).Sample((nodes, cores, threads, sizes) =>
        {
            HostModel host = PlacedHost.Of(nodes, cores, threads);
            IReadOnlyList<GuestPlacement> placements = Placer.Place(host, [.. sizes.Select((size, i) => Guest(size) with { Name = "g" + i, Devices = [] })]);
            var owner = new Dictionary<int, string>();
            foreach (GuestPlacement placement in placements)
            {
                Assert.True(placement.VcpuPins.Count == placement.Request.Vcpus || !placement.Fits);
                Assert.Equal(placement.VcpuPins.Count, placement.VcpuPins.Distinct().Count());
                foreach (int cpu in placement.VcpuPins)
                {
                    CpuSet core = host.Cpu.Cpus.First(one => one.Number == cpu).Siblings.Value!;
                    Assert.False(placement.EmulatorCpus.Intersect(core).Count > 0);
                    foreach (int thread in core.Members)
                    {
                        Assert.True(owner.TryAdd(thread, placement.Request.Name) || owner[thread] == placement.Request.Name);
                    }
                }

                foreach (PlacedCell cell in placement.Fits ? placement.Cells : [])
                {
                    CpuSet node = host.Memory.AllNodes.First(one => one.Id == cell.Node).Cpus.Value!;
                    Assert.All(placement.VcpuPins.Skip(cell.FirstVcpu).Take(cell.Vcpus), cpu => Assert.True(node.Contains(cpu)));
                }
            }
        });

    private static HostModel Host() => PlacedHost.Of(2, 4, 2).With(PlacedHost.Device(Near, 1));

    private static GuestRequest Guest(int vcpus, long memoryBytes = PlacedHost.GiB) => new("guest", vcpus, memoryBytes, [DeviceCase.Address(Near)]);

    private static GuestPlacement One(HostModel host, GuestRequest guest) => Assert.Single(Placer.Place(host, [guest]));
}
