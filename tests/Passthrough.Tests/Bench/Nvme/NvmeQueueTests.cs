using System.Reflection;
using System.Runtime.InteropServices;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Nvme;
using Passthrough.Bench.Vfio;
using Passthrough.Tests.Bench.Native;
using Xunit;

namespace Passthrough.Tests.Bench.Nvme;

public sealed class NvmeQueueTests : IDisposable
{
    private readonly FakeSystemCalls _system = new();
    private readonly nint _memory = Marshal.AllocHGlobal(0x10000);

    public NvmeQueueTests() => Marshal.Copy(new byte[0x10000], 0, _memory, 0x10000);

    [Fact]
    public void On_an_I_O_queue_no_opcode_but_Read_can_be_issued()
    {
        NvmeQueue queue = Queue(1, 16);
        for (int opcode = 0; opcode < 256; opcode++)
        {
            // Write 01, Flush 00, Write Uncorrectable 04, Write Zeroes 08, Dataset Management 09, Reservations 0D…, Verify, Copy, vendor's own: all.
            var command = new NvmeCommand { Dword0 = (uint)opcode };
            if (opcode == 2)
            {
                queue.Put(command);
            }
            else
            {
                Assert.Throws<InvalidOperationException>(() => queue.Put(command));
            }
        }

        queue.Ring();
        // One command stands in the ring, and it is a read.
        Assert.Equal(1, Marshal.ReadInt32(_memory + 0x8000 + 0x1008));
        Assert.Equal(2, Marshal.ReadByte(_memory));
        Assert.All(Enumerable.Range(1, 15), slot => Assert.Equal(0, Marshal.ReadByte(_memory + (64 * slot))));
    }

    [Fact]
    public void On_the_admin_queue_nothing_that_changes_a_drive_can_be_issued()
    {
        byte[] taken = [.. Enumerable.Range(0, 256).Select(opcode => (byte)opcode).Where(opcode => NvmeQueue.Takes(0, opcode))];

        // Create and delete queues, Identify, Set Features: no firmware, format, sanitize, namespace management or doorbell buffer (7C).
        Assert.Equal([0x00, 0x01, 0x04, 0x05, 0x06, 0x09], taken);
    }

    [Fact]
    public void Nothing_but_the_queue_writes_commands_into_its_memory()
    {
        MethodInfo[] withCommand = [.. typeof(NvmeQueue).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.GetParameters().Any(parameter => parameter.ParameterType == typeof(NvmeCommand).MakeByRefType()))];

        Assert.Equal(["Execute", "Put"], withCommand.Select(method => method.Name).Order());
    }

    [Fact]
    public void A_doorbell_announces_all_that_was_put_and_what_was_not_announced_can_be_taken_back()
    {
        NvmeQueue queue = Queue(1, 8);
        Put(queue, 1);
        Put(queue, 2);
        Put(queue, 3);
        Assert.Equal(0, queue.SubmissionDoorbells);
        queue.Ring();
        Put(queue, 4);
        queue.TakeBack();
        Put(queue, 5);
        queue.Ring();

        Assert.Equal(2, queue.SubmissionDoorbells);
        Assert.Equal(4, Marshal.ReadInt32(_memory + 0x8000 + 0x1008));
        Assert.Equal(5, Marshal.ReadInt16(_memory + (3 * 64) + 2));
    }

    [Fact]
    public void A_full_ring_takes_nothing_until_the_controller_has_moved_on()
    {
        NvmeQueue queue = Queue(1, 4);
        Put(queue, 1);
        Put(queue, 2);
        Put(queue, 3);

        Assert.Contains("is full", Assert.Throws<BenchException>(() => Put(queue, 4)).Message, StringComparison.Ordinal);
        Complete(slot: 0, id: 1, head: 1, phase: 1);
        Assert.True(queue.TryReap(out _));
        Put(queue, 4);
    }

    [Fact]
    public void Completions_are_valid_by_their_phase_which_turns_with_each_round()
    {
        NvmeQueue queue = Queue(1, 2);
        Assert.False(queue.TryReap(out _));
        for (int round = 0; round < 6; round++)
        {
            int slot = round % 2;
            int phase = 1 - (round / 2 % 2);
            Assert.False(queue.HasCompletion);
            Complete(slot, id: round, head: 0, phase, status: round == 3 ? 0x281 : 0);
            Assert.True(queue.HasCompletion);
            Assert.True(queue.TryReap(out NvmeCompletion completion));
            Assert.Equal((round, round == 3 ? 0x281 : 0), (completion.Id, completion.Status));
            queue.Acknowledge();
            Assert.Equal((round + 1) % 2, Marshal.ReadInt32(_memory + 0x8000 + 0x100C));
        }

        Assert.Equal(6, queue.CompletionDoorbells);
    }

    [Fact]
    public void Doorbells_outside_the_BAR_are_refused()
    {
        Assert.Contains("outside the controller's BAR", Assert.Throws<BenchException>(() => Queue(1, 4, stride: 0x8000)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x281, "medium could not be read")]
    [InlineData(0x4281, "medium could not be read")]
    [InlineData(0x004, "IOMMU fault")]
    [InlineData(0x2FF, "an error of the medium")]
    [InlineData(0x7FF, "vendor's own")]
    public void A_status_has_words(int status, string words) => Assert.Contains(words, NvmeStatus.Words(status), StringComparison.Ordinal);

    [Fact]
    public void The_capabilities_are_taken_apart()
    {
        var capabilities = new NvmeCapabilities(0x0001_0020_28_01_07FF | (2ul << 32));

        Assert.Equal((2048, 20_000, 16, 0u, 8192L), (capabilities.MaxQueueEntries, capabilities.ReadyTimeoutMs, capabilities.DoorbellStrideBytes,
            capabilities.CommandSet, capabilities.MinPageBytes));
        Assert.Equal(6u << 4, new NvmeCapabilities(1ul << 43).CommandSet);
        Assert.Null(new NvmeCapabilities(1ul << 44).CommandSet);
    }

    public void Dispose()
    {
        _system.Dispose();
        Marshal.FreeHGlobal(_memory);
    }

    private static void Put(NvmeQueue queue, ushort id) => queue.Put(NvmeCommand.Read(id, 1, 0, 1, 0x1000, 0));

    private void Complete(int slot, int id, int head, int phase, int status = 0)
    {
        nint entry = _memory + 0x4000 + (16 * slot);
        Marshal.WriteInt32(entry + 8, head | (1 << 16));
        Marshal.WriteInt32(entry + 12, id | (((status << 1) | phase) << 16));
    }

    private NvmeQueue Queue(int id, int entries, int stride = 4)
    {
        _system.OnMapDevice = _ => _memory + 0x8000;
        int device = _system.NewDescriptor("device");
        MmioRegion registers = MmioRegion.Map(_system, new Descriptor(_system, device, "device"), new RegionInfo { Flags = 7, Bytes = 0x4000 });
        return new NvmeQueue(registers, id, entries, _memory, _memory + 0x4000, stride);
    }
}
