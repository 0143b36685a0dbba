using System.Runtime.InteropServices;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Uring;
using Passthrough.Tests.Bench.Native;
using Xunit;

namespace Passthrough.Tests.Bench.Uring;

public sealed class BlockRingTests
{
    [Fact]
    public void A_ring_made_for_reading_takes_no_write()
    {
        using var kernel = new FakeRing(4);
        using var ring = BlockRing.Create(kernel.System, 4);

        Assert.Throws<InvalidOperationException>(() => ring.TryQueueWrite(0, 0x1000, 512, 0));
        ring.Enter(0);
        Assert.Empty(kernel.Submissions);
    }

    [Fact]
    public void A_ring_made_for_writing_writes_and_reads()
    {
        using var kernel = new FakeRing(4);
        using var ring = BlockRing.Create(kernel.System, 4, RingUse.Write);

        Assert.True(ring.TryQueueWrite(0, 0x1000, 512, 0));
        Assert.True(ring.TryQueueRead(1, 0x2000, 512, 512));
        ring.Enter(1);

        Assert.Equal([5, 4], kernel.Submissions.Select(entry => (int)entry[0]));
    }

    [Theory]
    [InlineData(RingUse.Read, new[] { 0x3100u, 0x100u, 0u })]
    [InlineData(RingUse.LookWithoutEntering, new[] { 0u })]
    [InlineData(RingUse.Polled, new[] { 0x3101u, 0x101u, 1u })]
    internal void An_older_kernel_is_asked_again_with_fewer_flags(RingUse use, uint[] expected)
    {
        var asked = new List<uint>();
        using var kernel = new FakeSystemCalls
        {
            OnUringSetup = (_, address) =>
            {
                asked.Add(Marshal.PtrToStructure<UringParameters>(address).Flags);
                return -Errno.EINVAL;
            },
        };

        var thrown = Assert.Throws<BenchException>(() => BlockRing.Create(kernel, 4, use));

        Assert.Equal(expected, asked);
        Assert.Equal(Errno.EINVAL, thrown.ErrorNumber);
    }

    [Fact]
    public void Every_submission_is_a_fixed_read_with_its_place_and_size()
    {
        using var kernel = new FakeRing(4);
        using var ring = BlockRing.Create(kernel.System, 4);

        // Three times round the ring, so that indices wrap.
        for (int i = 0; i < 12; i++)
        {
            Assert.True(ring.TryQueueRead((ulong)(100 + i), 0x1000 * (i + 1), 512, (ulong)i * 512));
            ring.Enter(1);
            Assert.True(ring.TryReap(out ulong userData, out int result));
            Assert.Equal((100ul + (ulong)i, 512), (userData, result));
        }

        Assert.False(ring.TryReap(out _, out _));
        Assert.Equal(12, kernel.Submissions.Count);
        Assert.All(kernel.Submissions, entry => Assert.Equal(4, entry[0]));
        Assert.All(kernel.Submissions, entry => Assert.Equal(1, entry[1]));
        byte[] last = kernel.Submissions[^1];
        Assert.Equal((11L * 512, 0xc000L, 512), (BitConverter.ToInt64(last, 8), BitConverter.ToInt64(last, 16), BitConverter.ToInt32(last, 24)));
    }

    [Fact]
    public void A_full_ring_takes_no_more_until_the_kernel_took_some()
    {
        using var kernel = new FakeRing(2);
        using var ring = BlockRing.Create(kernel.System, 2);

        Assert.True(ring.TryQueueRead(0, 0, 512, 0));
        Assert.True(ring.TryQueueRead(1, 0, 512, 0));
        Assert.False(ring.TryQueueRead(2, 0, 512, 0));
        ring.Enter(1);
        Assert.True(ring.TryQueueRead(2, 0, 512, 0));
    }

    [Fact]
    public void What_the_kernel_did_not_take_at_once_is_submitted_again()
    {
        using var kernel = new FakeRing(8) { TakesAtOnce = 3 };
        using var ring = BlockRing.Create(kernel.System, 8);
        for (ulong i = 0; i < 8; i++)
        {
            ring.TryQueueRead(i, 0, 512, 0);
        }

        ring.Enter(1);

        Assert.Equal(8, kernel.Submissions.Count);
    }

    [Theory]
    [InlineData(Errno.ENOSYS, "without io_uring")]
    [InlineData(Errno.EPERM, "kernel.io_uring_disabled")]
    [InlineData(Errno.ENOMEM, "RLIMIT_MEMLOCK")]
    public void A_kernel_without_io_uring_says_why(int errno, string words)
    {
        using var kernel = new FakeSystemCalls { OnUringSetup = (_, _) => -errno };

        var thrown = Assert.Throws<BenchException>(() => BlockRing.Create(kernel, 4));

        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
        Assert.Equal(("io_uring_setup", errno), (thrown.Call, thrown.ErrorNumber));
    }

    [Fact]
    public void A_kernel_with_two_mappings_is_refused_and_the_ring_closed()
    {
        using var kernel = new FakeRing(4) { Features = 0 };

        Assert.Contains("5.4", Assert.Throws<BenchException>(() => BlockRing.Create(kernel.System, 4)).Message, StringComparison.Ordinal);
        Assert.Equal(0, kernel.System.OpenDescriptors);
    }

    [SkippableFact]
    public void A_real_ring_reads_what_stands_in_a_file()
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] content = new byte[1 << 20];
            new Random(7).NextBytes(content);
            File.WriteAllBytes(path, content);
            LinuxSystemCalls system = LinuxSystemCalls.Instance;
            int file = system.Open(path, LinuxFlags.ReadOnly | LinuxFlags.Direct);
            Skip.If(file == -Errno.EINVAL, "the file system of the temporary folder takes no direct reads");
            Assert.True(file >= 0, Errno.Name(-file));
            using var opened = new Descriptor(system, file, path);
            using MemoryRegion buffer = MemoryRegion.Allocate(system, 8 * 4096, PageKind.Base4K, null);
            using BlockRing ring = CreateOrSkip(system);
            ring.Register(file, buffer.Address, buffer.Bytes);
            for (int round = 0; round < 20; round++)
            {
                for (int slot = 0; slot < 8; slot++)
                {
                    Assert.True(ring.TryQueueRead((ulong)slot, buffer.Address + (slot * 4096), 4096, (ulong)(((round * 8) + slot) * 4096)));
                }

                ring.Enter(8);
                for (int reaped = 0; reaped < 8; reaped++)
                {
                    Assert.True(ring.TryReap(out ulong slot, out int result));
                    Assert.Equal(4096, result);
                    byte[] read = new byte[4096];
                    Marshal.Copy(buffer.Address + ((int)slot * 4096), read, 0, 4096);
                    Assert.True(content.AsSpan(((round * 8) + (int)slot) * 4096, 4096).SequenceEqual(read));
                }
            }

            Assert.True(ring.TryQueueRead(9, buffer.Address, 4096, 2 << 20));
            ring.Enter(1);
            Assert.True(ring.TryReap(out _, out int beyond));
            Assert.Equal(0, beyond);
        }
        finally
        {
            File.Delete(path);
        }
    }

    internal static BlockRing CreateOrSkip(LinuxSystemCalls system)
    {
        try
        {
            return BlockRing.Create(system, 8);
        }
        catch (BenchException exception) when (exception.ErrorNumber is Errno.ENOSYS or Errno.EPERM)
        {
            Skip.If(true, exception.Message);
            throw;
        }
    }
}
