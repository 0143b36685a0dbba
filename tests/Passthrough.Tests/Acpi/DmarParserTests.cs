using CsCheck;
using Passthrough.Host.Acpi;
using Xunit;
using static Passthrough.Tests.Acpi.TableBuilder;

namespace Passthrough.Tests.Acpi;

public class DmarParserTests
{
    private static readonly byte[] _endpoint = [1, 8, 0, 0, 0, 0, 0x02, 0];
    private static readonly byte[] _deepBridge = [2, 10, 0, 0, 7, 0x40, 0x01, 1, 0x00, 2];

    [Fact]
    public void No_bytes_are_no_table() => Assert.Null(DmarParser.Parse([]));

    [Fact]
    public void Another_table_is_no_DMAR() => Assert.Null(DmarParser.Parse(Ivrs()));

    [Fact]
    public void A_table_cut_before_its_first_structure_is_no_table() => Assert.Null(DmarParser.Parse(Dmar(38, 1).AsSpan(0, 47)));

    [Fact]
    public void A_table_without_structures_keeps_width_and_flags()
    {
        DmarTable table = DmarParser.Parse(Dmar(38, 5))!;
        Assert.Equal(39, table.HostAddressWidth);
        Assert.True(table.InterruptRemapping);
        Assert.False(table.X2ApicOptOut);
        Assert.True(table.DmaControlOptIn);
        Assert.Equal("VENDOR", table.Header.OemId);
        Assert.Equal("BOARD", table.Header.OemTableId);
        Assert.True(table.Header.ChecksumValid);
        Assert.Empty(table.Units);
        Assert.Empty(table.Problems);
    }

    [Fact]
    public void A_unit_keeps_its_base_flags_and_scopes()
    {
        byte[] bytes = Dmar(46, 1, Structure(0, [1, 0, .. Le16(2), .. Le64(0xfed91000), .. _endpoint, .. _deepBridge]));
        DmarUnit unit = Assert.Single(DmarParser.Parse(bytes)!.Units);
        Assert.Equal(2, unit.Segment);
        Assert.Equal(0xfed91000ul, unit.RegisterBase);
        Assert.True(unit.IncludeAll);
        Assert.Equal(2, unit.Scopes.Count);
        Assert.Equal(1, unit.Scopes[0].Type);
        Assert.Equal([((byte)2, (byte)0)], unit.Scopes[0].Path);
        Assert.Equal((2, (byte)7, (byte)0x40), (unit.Scopes[1].Type, unit.Scopes[1].EnumerationId, unit.Scopes[1].Bus));
        Assert.Equal([((byte)1, (byte)1), ((byte)0, (byte)2)], unit.Scopes[1].Path);
    }

    [Fact]
    public void A_reserved_region_keeps_both_ends()
    {
        byte[] bytes = Dmar(38, 0, Structure(1, [0, 0, .. Le16(0), .. Le64(0x8b800000), .. Le64(0x8fffffff), .. _endpoint]));
        DmarReservedRegion region = Assert.Single(DmarParser.Parse(bytes)!.ReservedRegions);
        Assert.Equal((0x8b800000ul, 0x8ffffffful), (region.Base, region.Limit));
        Assert.Single(region.Scopes);
    }

    [Fact]
    public void Every_other_known_structure_is_read()
    {
        DmarTable table = DmarParser.Parse(Dmar(38, 0,
            Structure(2, [1, 0, .. Le16(0), .. _endpoint]),
            Structure(3, [0, 0, 0, 0, .. Le64(0xfbffe000), 1, 0, 0, 0]),
            Structure(4, [0, 0, 0, 9, .. "\\_SB.PCI0.I2C0\0"u8]),
            Structure(5, [1, 0, .. Le16(1), .. _endpoint]),
            Structure(6, [0, 0, .. Le16(3), .. _endpoint])))!;
        Assert.Equal(1, Assert.Single(table.Atsr).Flags);
        Assert.Equal(new DmarRhsa(0xfbffe000, 1), Assert.Single(table.Rhsa));
        Assert.Equal(new DmarAndd(9, "\\_SB.PCI0.I2C0"), Assert.Single(table.Andd));
        Assert.Equal(1, Assert.Single(table.Satc).Segment);
        Assert.Equal(3, Assert.Single(table.Sidp).Segment);
        Assert.Empty(table.Problems);
    }

    [Fact]
    public void A_structure_of_unknown_type_is_skipped_and_what_follows_is_read()
    {
        DmarTable table = DmarParser.Parse(Dmar(38, 0, Structure(77, 1, 2, 3, 4), Structure(0, [0, 0, 0, 0, .. Le64(0x1000)])))!;
        Assert.Equal(new SkippedStructure(77, 8), Assert.Single(table.Skipped));
        Assert.Single(table.Units);
        Assert.Empty(table.Problems);
    }

    [Fact]
    public void A_length_of_zero_ends_the_reading_with_a_problem()
    {
        DmarTable table = DmarParser.Parse(Dmar(38, 0, Structure(0, [0, 0, 0, 0, .. Le64(0x1000)]), [0, 0, 0, 0]))!;
        Assert.Single(table.Units);
        Assert.Contains("length of 0", Assert.Single(table.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_length_beyond_the_table_is_a_problem()
    {
        DmarTable table = DmarParser.Parse(Dmar(38, 0, [0, 0, 200, 0, 1, 2, 3, 4]))!;
        Assert.Empty(table.Units);
        Assert.Contains("200", Assert.Single(table.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_structure_shorter_than_its_fields_is_a_problem_and_what_follows_is_read()
    {
        DmarTable table = DmarParser.Parse(Dmar(38, 0, Structure(1, 0, 0, 0, 0), Structure(0, [0, 0, 0, 0, .. Le64(0x1000)])))!;
        Assert.Empty(table.ReservedRegions);
        Assert.Single(table.Units);
        Assert.Contains("RMRR", Assert.Single(table.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_scope_that_lies_about_its_length_keeps_the_unit()
    {
        DmarTable table = DmarParser.Parse(Dmar(38, 0, Structure(0, [0, 0, 0, 0, .. Le64(0x1000), 1, 60, 0, 0, 0, 0, 2, 0])))!;
        Assert.Empty(Assert.Single(table.Units).Scopes);
        Assert.Contains("scope", Assert.Single(table.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_checksum_is_told_and_the_table_is_read()
    {
        byte[] bytes = Dmar(38, 1, Structure(0, [0, 0, 0, 0, .. Le64(0x1000)]));
        bytes[9]++;
        DmarTable table = DmarParser.Parse(bytes)!;
        Assert.False(table.Header.ChecksumValid);
        Assert.Single(table.Units);
        Assert.Contains("checksum", Assert.Single(table.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_shorter_than_its_header_says_is_a_problem()
    {
        byte[] bytes = Dmar(38, 1, Structure(0, [0, 0, 0, 0, .. Le64(0x1000)]), Structure(0, [0, 0, 0, 0, .. Le64(0x2000)]));
        DmarTable table = DmarParser.Parse(bytes.AsSpan(0, bytes.Length - 8))!;
        Assert.False(table.Header.ChecksumValid);
        Assert.Single(table.Units);
        Assert.Equal(2, table.Problems.Count);
    }

    [Fact]
    public void Bytes_behind_the_table_are_told_and_not_read()
    {
        byte[] bytes = [.. Dmar(38, 1), .. Structure(0, [0, 0, 0, 0, .. Le64(0x1000)])];
        DmarTable table = DmarParser.Parse(bytes)!;
        Assert.True(table.Header.ChecksumValid);
        Assert.Empty(table.Units);
        Assert.Contains("follow", Assert.Single(table.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void No_bytes_make_it_throw() =>
        Gen.Byte.Array[0, 300].Sample(body =>
        {
            DmarParser.Parse(body);
            byte[] table = [.. "DMAR"u8, .. body];
            DmarParser.Parse(table);
            DmarParser.Parse(Dmar(38, 1, body));
        });
}
