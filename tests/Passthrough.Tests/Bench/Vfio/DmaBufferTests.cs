using CsCheck;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Xunit;

namespace Passthrough.Tests.Bench.Vfio;

public sealed class DmaBufferTests
{
    [Fact]
    public void Buffers_of_one_space_never_overlap_and_lie_in_its_ranges() =>
        Gen.Select(Gen.ULong[1, 1ul << 32], Gen.Int[0, 2].Select(i => 4096ul << (9 * i))).Array[1, 8].Sample(wanted =>
        {
            var cursor = new IovaCursor(IovaSpace.Parse(FakeVfio.InfoBytes()));
            ulong last = 0;
            foreach ((ulong bytes, ulong alignment) in wanted)
            {
                ulong place = cursor.Take(bytes, alignment);
                Assert.True(place >= last && place % alignment == 0);
                Assert.True(place + bytes <= 0xfee00000 || place >= 0xfef00000);
                last = place + bytes;
            }
        });

    [Theory]
    [InlineData(false, 2L << 20)]
    [InlineData(true, 4096L)]
    public void An_IOVA_beside_the_boundary_leaves_only_small_pages(bool small, long alignment)
    {
        using var kernel = new FakeVfio();
        using DmaSpace space = DmaSpace.Open(kernel.System, FakeVfio.Edu, VfioBackend.Auto);
        using DmaBuffer buffer = DmaBuffer.Map(kernel.System, space, new IovaCursor(space.Space), 5000, PageKind.Base4K, small);

        Assert.Equal(8192, buffer.Bytes);
        Assert.Equal(alignment, Math.Min(buffer.IovaAlignmentBytes, 2L << 20));
        Assert.Equal((ulong)buffer.Address, kernel.LastMap.Address);
    }

    [Fact]
    public void Two_addresses_with_the_same_remainder_allow_the_largest_page() =>
        Assert.Equal((1L << 30, 1L << 21, 4096L),
            (DmaBuffer.AlignmentOf(1 << 30, 1ul << 31), DmaBuffer.AlignmentOf(3 << 21, 1ul << 32), DmaBuffer.AlignmentOf(2 << 20, (1ul << 32) + 4096)));

    [Fact]
    public void A_refused_mapping_leaves_no_memory()
    {
        using var kernel = new FakeVfio();
        using DmaSpace space = DmaSpace.Open(kernel.System, FakeVfio.Edu, VfioBackend.Auto);
        kernel.Fail(VfioRequests.MapDma, Errno.ENOMEM);

        Assert.Throws<BenchException>(() => DmaBuffer.Map(kernel.System, space, new IovaCursor(space.Space), 4096, PageKind.Base4K));
        Assert.Equal(0, kernel.System.Mappings);
    }

    [Fact]
    public void Room_that_is_not_there_is_a_sentence() =>
        Assert.Contains("has room for", Assert.Throws<BenchException>(() => new IovaCursor(IovaSpace.Parse(FakeVfio.InfoBytes())).Take(1ul << 39, 4096)).Message,
            StringComparison.Ordinal);
}
