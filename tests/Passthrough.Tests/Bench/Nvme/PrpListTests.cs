using CsCheck;
using Passthrough.Bench.Nvme;
using Xunit;

namespace Passthrough.Tests.Bench.Nvme;

public sealed class PrpListTests
{
    [Theory]
    [InlineData(0x10000, 512, 0, 0)]
    [InlineData(0x10000, 4096, 0, 0)]
    [InlineData(0x10e00, 512, 0, 0)]
    [InlineData(0x10e00, 1024, 0x11000, 0)]
    [InlineData(0x10000, 8192, 0x11000, 0)]
    [InlineData(0x10000, 8193, 0x99000, 2)]
    [InlineData(0x10200, 8192, 0x99000, 2)]
    [InlineData(0x10000, 131072, 0x99000, 31)]
    [InlineData(0x10000, 2097152, 0x99000, 511)]
    public void One_page_needs_one_field_two_pages_two_and_more_a_list(ulong iova, long bytes, ulong second, int entries)
    {
        ulong[] list = new ulong[PrpList.MaxEntries];

        Assert.Equal(second, PrpList.Fill(iova, bytes, list, 0x99000));
        Assert.Equal(entries, PrpList.EntriesFor(iova, bytes));
        Assert.Equal(entries, list.Count(entry => entry != 0));
    }

    [Fact]
    public void Every_byte_is_named_once_and_in_order() =>
        Gen.Select(Gen.ULong[1, 1ul << 40], Gen.Long[1, 2 << 20]).Sample((iova, bytes) =>
        {
            ulong[] list = new ulong[PrpList.MaxEntries];
            ulong second = PrpList.Fill(iova, bytes, list, 0xABC000);
            int entries = PrpList.EntriesFor(iova, bytes);
            ulong[] pages = entries > 0 ? list[..entries] : second != 0 ? [second] : [];

            long covered = Math.Min(bytes, 4096 - (long)(iova % 4096));
            foreach (ulong page in pages)
            {
                Assert.Equal(iova + (ulong)covered, page);
                Assert.Equal(0ul, page % 4096);
                covered += Math.Min(4096, bytes - covered);
            }

            Assert.Equal(bytes, covered);
        });
}
