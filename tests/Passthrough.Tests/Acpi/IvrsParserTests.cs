using CsCheck;
using Passthrough.Host.Acpi;
using Passthrough.Host.Pci;
using Xunit;
using static Passthrough.Tests.Acpi.TableBuilder;

namespace Passthrough.Tests.Acpi;

public class IvrsParserTests
{
    [Fact]
    public void No_bytes_are_no_table() => Assert.Null(IvrsParser.Parse([]));

    [Fact]
    public void A_table_cut_before_its_first_block_is_no_table() => Assert.Null(IvrsParser.Parse(Ivrs().AsSpan(0, 40)));

    [Fact]
    public void A_hardware_block_keeps_its_place_and_counts_its_entries()
    {
        byte[] select = [2, 8, 0, 0];
        byte[] ioApic = [0x48, 0, 0, 0xd7, 33, 0xa0, 0x00, 1];
        byte[] hpet = [0x48, 0, 0, 0, 0, 0xa0, 0x00, 2];
        IvrsTable table = IvrsParser.Parse(Ivrs(Hardware(0x10, 0, select, ioApic, hpet)))!;
        IvrsHardwareBlock block = Assert.Single(table.Hardware);
        Assert.Equal(0x203041u, table.IvInfo);
        Assert.Equal(new PciAddress(3, 0, 0, 2), block.DeviceId);
        Assert.Equal(0xfd300000ul, block.Base);
        Assert.Equal(3, block.DeviceEntries);
        Assert.Equal([33], block.IoApicIds);
        Assert.Empty(table.Problems);
    }

    [Fact]
    public void Entries_are_as_long_as_their_type_says()
    {
        byte[] named = [0xf0, 0xa5, 0, 0xa5, .. "AMDI0020"u8, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, .. "\\_SB"u8];
        byte[] wide = new byte[16];
        wide[0] = 0x80;
        byte[] widest = new byte[32];
        widest[0] = 0xc0;
        IvrsTable table = IvrsParser.Parse(Ivrs(Hardware(0x40, 16, named, wide, widest, [3, 0, 0, 0])))!;
        Assert.Equal(4, Assert.Single(table.Hardware).DeviceEntries);
        Assert.Empty(table.Problems);
    }

    [Fact]
    public void An_entry_that_does_not_fit_is_a_problem_and_keeps_the_block()
    {
        IvrsTable table = IvrsParser.Parse(Ivrs(Hardware(0x11, 16, [3, 0, 0, 0], [0x48, 0, 0, 0])))!;
        Assert.Equal(1, Assert.Single(table.Hardware).DeviceEntries);
        Assert.Contains("0x48", Assert.Single(table.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_memory_block_keeps_start_and_length()
    {
        byte[] block = [0x22, 8, .. Le16(32), .. Le16(0x0100), .. Le16(0x0fff), .. Le64(0), .. Le64(0x97d9d000), .. Le64(0x1000)];
        Assert.Equal(new IvrsMemoryBlock(0x22, 8, new PciAddress(0, 1, 0, 0), 0x0fff, 0x97d9d000, 0x1000),
            Assert.Single(IvrsParser.Parse(Ivrs(block))!.Memory));
    }

    [Fact]
    public void A_block_of_unknown_type_is_skipped()
    {
        IvrsTable table = IvrsParser.Parse(Ivrs([0x51, 0, .. Le16(8), 0, 0, 0, 0], Hardware(0x10, 0)))!;
        Assert.Equal(new SkippedStructure(0x51, 8), Assert.Single(table.Skipped));
        Assert.Single(table.Hardware);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(9000)]
    public void A_lying_length_is_a_problem(ushort length)
    {
        IvrsTable table = IvrsParser.Parse(Ivrs([0x10, 0, .. Le16(length), 0, 0, 0, 0]))!;
        Assert.Empty(table.Hardware);
        Assert.Single(table.Problems);
    }

    [Fact]
    public void No_bytes_make_it_throw() =>
        Gen.Byte.Array[0, 300].Sample(body =>
        {
            IvrsParser.Parse(body);
            IvrsParser.Parse(Ivrs(body));
            IvrsParser.Parse(Ivrs(Hardware(0x40, 16, body)));
        });

    [Fact]
    public void The_decoder_tells_a_broken_table_from_another_file()
    {
        AcpiDecoded broken = AcpiDecoder.Decode("DMAR\x30\0\0\0"u8.ToArray());
        Assert.Equal(("DMAR", true), (broken.Table, broken.Dmar is null && broken.Problem is not null));
        AcpiDecoded other = AcpiDecoder.Decode("APIC and more"u8.ToArray());
        Assert.Null(other.Table);
        Assert.Contains("APIC", other.Problem!, StringComparison.Ordinal);
        Assert.Null(AcpiDecoder.Decode(default).Table);
        Assert.NotNull(AcpiDecoder.Decode(Ivrs()).Ivrs);
    }

    private static byte[] Hardware(byte type, int extra, params byte[][] entries)
    {
        byte[] rest = [.. entries.SelectMany(entry => entry)];
        return [type, 0xb0, .. Le16((ushort)(24 + extra + rest.Length)), .. Le16(2), .. Le16(0x40), .. Le64(0xfd300000), .. Le16(3), .. Le16(0), 0, 0, 0, 0, .. new byte[extra], .. rest];
    }
}
