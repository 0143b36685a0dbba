using CsCheck;
using Passthrough.Bench.Vfio;
using Xunit;

namespace Passthrough.Tests.Bench.Vfio;

public sealed class IovaSpaceTests
{
    private const ulong TwoMiB = 2 << 20;

    [Fact]
    public void An_empty_answer_knows_nothing()
    {
        IovaSpace space = IovaSpace.Parse([]);

        Assert.Empty(space.Ranges);
        Assert.Null(space.MappingsLeft);
        Assert.Equal(0ul, space.PageSizes);
    }

    [Fact]
    public void A_chain_that_points_at_itself_ends()
    {
        byte[] bytes = FakeVfio.InfoBytes();
        bytes[28] = 24;

        Assert.Equal(2, IovaSpace.Parse(bytes).Ranges.Count);
    }

    [Fact]
    public void Ranges_and_mappings_left_are_read()
    {
        IovaSpace space = IovaSpace.Parse(FakeVfio.InfoBytes());

        Assert.Equal([(0ul, 0xfedffffful), (0xfef00000ul, 0x7ffffffffful)], space.Ranges);
        Assert.Equal(65535u, space.MappingsLeft);
    }

    [Fact]
    public void Any_bytes_give_an_answer() =>
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            IovaSpace space = IovaSpace.Parse(bytes);
            Assert.True(space.Ranges.Count <= 200 / 16);
            _ = space.Place(TwoMiB, TwoMiB);
        });

    [Fact]
    public void A_place_is_aligned_and_inside_one_range() =>
        Gen.Select(Gen.ULong[0, 1ul << 50], Gen.ULong[0, 1ul << 50], Gen.ULong[1, 1ul << 40]).Sample((start, length, bytes) =>
        {
            var space = new IovaSpace(0, [(start, start + length)], null);
            if (space.Place(bytes, TwoMiB) is { } place)
            {
                Assert.Equal(0ul, place % TwoMiB);
                Assert.True(place >= start && place >= TwoMiB && place + bytes - 1 <= start + length);
            }
            else
            {
                ulong first = Math.Max((start + TwoMiB - 1) / TwoMiB * TwoMiB, TwoMiB);
                Assert.True(first + bytes - 1 > start + length);
            }
        });

    [Fact]
    public void A_block_too_large_for_the_low_range_goes_to_the_high_one()
    {
        IovaSpace space = IovaSpace.Parse(FakeVfio.InfoBytes());

        Assert.Equal(TwoMiB, space.Place(64 << 20, TwoMiB));
        Assert.Equal(0xff000000ul, space.Place(8ul << 30, TwoMiB));
        Assert.Null(space.Place(1ul << 39, TwoMiB));
    }
}
