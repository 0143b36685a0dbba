using CsCheck;
using Passthrough.Host.Cpu;
using Passthrough.Tuning;
using Xunit;

namespace Passthrough.Tests.Tuning;

public sealed class PacketSteeringTests : IDisposable
{
    private const string Queues = "/sys/class/net/eth0/queues";
    private readonly string _folder = Directory.CreateTempSubdirectory("ptdiag-steering-").FullName;
    private readonly FakeKernel _kernel = new();

    public PacketSteeringTests()
    {
        _kernel.Files[Queues + "/rx-0/rps_cpus"] = "00000000,00000000";
        _kernel.Files[Queues + "/rx-1/rps_cpus"] = "2";
        _kernel.Files[Queues + "/tx-0/xps_cpus"] = "0";
        _kernel.Files["/sys/devices/system/cpu/isolated"] = "3";
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_receive_queue_is_steered_and_put_back()
    {
        using Journal journal = Journal.Open(Path.Combine(_folder, "tuning.jsonl"));
        using var session = new TuningSession(_kernel, _kernel, journal);

        session.Apply(Steps.ReceivePacketSteering(_kernel, "eth0", CpuSet.Of([0, 2]), "test"));

        Assert.Equal(("5", "5", "0"), (_kernel.Files[Queues + "/rx-0/rps_cpus"], _kernel.Files[Queues + "/rx-1/rps_cpus"], _kernel.Files[Queues + "/tx-0/xps_cpus"]));
        Assert.Empty(session.UndoAll());
        Assert.Equal(("00000000,00000000", "2"), (_kernel.Files[Queues + "/rx-0/rps_cpus"], _kernel.Files[Queues + "/rx-1/rps_cpus"]));
    }

    [Fact]
    public void A_queue_that_is_already_so_is_left_alone()
    {
        Assert.Equal([Queues + "/rx-0/rps_cpus"], Steps.ReceivePacketSteering(_kernel, "eth0", CpuSet.Of([1]), "test")!.Changes.OfType<TuningWrite>().Select(write => write.Path));
        Assert.Equal([Queues + "/rx-1/rps_cpus"], Steps.ReceivePacketSteering(_kernel, "eth0", CpuSet.Empty, "test")!.Changes.OfType<TuningWrite>().Select(write => write.Path));
    }

    [Fact]
    public void An_isolated_cpu_is_refused_before_the_kernel_drops_it()
    {
        var thrown = Assert.Throws<TuningException>(() => Steps.ReceivePacketSteering(_kernel, "eth0", CpuSet.Of([0, 3]), "test"));

        Assert.Contains("CPU 3 is in /sys/devices/system/cpu/isolated", thrown.Message, StringComparison.Ordinal);
        Assert.Empty(_kernel.Writes);
    }

    [Fact]
    public void What_the_kernel_refuses_all_the_same_is_taken_back()
    {
        _kernel.Refuse[Queues + "/rx-1/rps_cpus"] = "EINVAL";
        using Journal journal = Journal.Open(Path.Combine(_folder, "tuning.jsonl"));
        using var session = new TuningSession(_kernel, _kernel, journal);

        var thrown = Assert.Throws<TuningException>(() => session.Apply(Steps.ReceivePacketSteering(_kernel, "eth0", CpuSet.Of([0]), "test")));

        Assert.Contains("EINVAL", thrown.Message, StringComparison.Ordinal);
        Assert.Equal("00000000,00000000", _kernel.Files[Queues + "/rx-0/rps_cpus"]);
    }

    [Theory]
    [InlineData("eth9")]
    [InlineData("../eth0")]
    public void An_interface_without_receive_queues_is_refused(string name) =>
        Assert.Contains("no receive queue", Assert.Throws<TuningException>(() => Steps.ReceivePacketSteering(_kernel, name, CpuSet.Of([0]), "test")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Any_set_survives_the_mask() => Gen.Int[0, 300].HashSet[0, 20].Sample(members =>
    {
        CpuSet set = CpuSet.Of(members);

        Assert.True(CpuSet.TryParseMask(set.ToMask(), out CpuSet read));
        Assert.Equal(set, read);
    });
}
