using CsCheck;
using Passthrough.Bench.Native;
using Xunit;

namespace Passthrough.Tests.Bench.Native;

public sealed class SmapsParserTests
{
    private const string Huge = """
        7f0000000000-7f0000400000 rw-p 00000000 00:0f 1234                       /anon_hugepage (deleted)
        Size:               4096 kB
        KernelPageSize:     2048 kB
        MMUPageSize:        2048 kB
        Rss:                   0 kB
        AnonHugePages:         0 kB
        Shared_Hugetlb:        0 kB
        Private_Hugetlb:    4096 kB
        VmFlags: rd wr mr mw me de ht
        7f0000400000-7f0000401000 rw-p 00000000 00:00 0
        Size:                  4 kB
        KernelPageSize:        4 kB
        Rss:                   4 kB
        AnonHugePages:         0 kB
        """;

    [Theory]
    [InlineData("")]
    [InlineData("not smaps at all")]
    [InlineData("zz-yy rw-p\nRss: many kB\n-\nKernelPageSize: kB")]
    public void What_is_no_smaps_covers_nothing(string text) =>
        Assert.Equal(new RegionPages(0, 0, false), SmapsParser.Parse(text, 0x1000, 0x2000));

    [Fact]
    public void Hugetlb_pages_count_where_the_page_is_2_MiB() =>
        Assert.Equal(new RegionPages(4 << 20, 4 << 20, true), SmapsParser.Parse(Huge, 0x7f0000000000, 0x7f0000400000));

    [Fact]
    public void Hugetlb_pages_of_1_GiB_count_apart() =>
        Assert.Equal(new RegionPages(4 << 20, 0, true, 4 << 20),
            SmapsParser.Parse(Huge.Replace("2048", "1048576", StringComparison.Ordinal), 0x7f0000000000, 0x7f0000400000));

    [Fact]
    public void Hugetlb_pages_of_another_size_count_as_neither() =>
        Assert.Equal(new RegionPages(4 << 20, 0, true),
            SmapsParser.Parse(Huge.Replace("2048", "32768", StringComparison.Ordinal), 0x7f0000000000, 0x7f0000400000));

    [Fact]
    public void A_mapping_that_reaches_beyond_the_range_is_not_alone() =>
        Assert.False(SmapsParser.Parse(Huge, 0x7f0000000000, 0x7f0000200000).Alone);

    [Fact]
    public void A_range_that_is_only_partly_mapped_is_not_alone() =>
        Assert.False(SmapsParser.Parse(Huge, 0x7f0000400000, 0x7f0000402000).Alone);

    [Fact]
    public void Any_text_gives_an_answer() =>
        Gen.OneOf(Gen.String, Gen.Select(Gen.String, Gen.Int[0, Huge.Length], (noise, cut) => Huge[..cut] + noise + Huge[cut..]))
            .Sample(text => SmapsParser.Parse(text, 0x7f0000000000, 0x7f0000400000));
}
