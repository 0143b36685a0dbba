using System.Text;
using CsCheck;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Pci;

/// <summary>The parsers of single attributes: resource, link, modalias, uevent, pci.ids.</summary>
public class PciTextParserTests
{
    [Fact]
    public void BARs_keep_kind_size_and_index()
    {
        const string text = """
            0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200
            0x00000000e0000000 0x00000000efffffff 0x000000000014220c
            0x0000000000000000 0x0000000000000000 0x0000000000000000
            0x0000000000000000 0x0000000001ffffff 0x0000000020140204
            0x0000000000000000 0x0000000000000000 0x0000000000000000
            0x000000000000e000 0x000000000000e07f 0x0000000000040101
            0x00000000f7000000 0x00000000f707ffff 0x0000000000046200
            """;
        Assert.True(PciResourceParser.TryParse(text, out IReadOnlyList<PciBar> bars));
        Assert.Equal(
            [
                new PciBar(0, 0xf6000000, 0x1000000, PciBarKind.Memory32, false),
                new PciBar(1, 0xe0000000, 0x10000000, PciBarKind.Memory64, true),
                new PciBar(3, 0, 0x2000000, PciBarKind.Memory64, false),
                new PciBar(5, 0xe000, 0x80, PciBarKind.Io, false),
            ], bars);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("0x0 0x0\n")]
    [InlineData("0x0 0x0 0x0 0x0\n")]
    [InlineData("0x0 0xzz 0x0\n")]
    public void A_resource_text_of_another_form_fails(string text) => Assert.False(PciResourceParser.TryParse(text, out _));

    [Theory]
    [InlineData("8.0 GT/s PCIe", 8.0)]
    [InlineData("2.5 GT/s", 2.5)]
    [InlineData("16 GT/s", 16.0)]
    [InlineData("64.0 GT/s PCIe\n", 64.0)]
    public void A_speed_is_a_number_of_gigatransfers(string text, double expected)
    {
        Assert.True(PciLinkParser.TrySpeed(text, out double speed));
        Assert.Equal(expected, speed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Unknown")]
    [InlineData("Unknown speed")]
    [InlineData("8.0")]
    [InlineData("-1 GT/s")]
    [InlineData("8,0 GT/s")]
    public void What_is_no_speed_stays_unknown(string text) => Assert.False(PciLinkParser.TrySpeed(text, out _));

    [Theory]
    [InlineData("0", false)]
    [InlineData("255", false)]
    [InlineData("", false)]
    [InlineData("x16", false)]
    [InlineData("16", true)]
    public void A_width_of_0_or_255_is_none(string text, bool expected) => Assert.Equal(expected, PciLinkParser.TryWidth(text, out _));

    [Fact]
    public void A_modalias_tells_ids_and_class()
    {
        Assert.True(PciModalias.TryParse("pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02\n", out PciModalias? alias));
        Assert.Equal(new PciModalias(0x144d, 0xa808, 0x144d, 0xa801, 0x010802), alias);
        Assert.True(PciModalias.TryParse("pci:v00008086d*sv*sd*bc02sc00i*", out alias));
        Assert.Equal(new PciModalias(0x8086, null, null, null, 0x020000), alias);
        Assert.False(PciModalias.TryParse("usb:v1D6Bp0002", out _));
        Assert.False(PciModalias.TryParse("", out _));
    }

    [Fact]
    public void A_uevent_of_a_PCI_function_tells_that_no_driver_is_bound()
    {
        PciUevent uevent = PciUevent.Parse("u", Answer.Of("PCI_CLASS=10802\nPCI_ID=144D:A808\nPCI_SUBSYS_ID=144D:A801\nPCI_SLOT_NAME=0000:01:00.0\n"));
        Assert.True(uevent.IsComplete);
        Assert.Null(uevent.Driver);
        Assert.Equal((0x10802u, (ushort)0x144d, (ushort)0xa808), (uevent.ClassCode, uevent.Vendor, uevent.Device));
        Assert.Equal("nvme", PciUevent.Parse("u", Answer.Of("DRIVER=nvme\n")).Driver);
        Assert.False(PciUevent.Parse("u", Answer.Of("PCI_ID=zz\n=\nPCI_CLASS=fffffffff\n")).IsComplete);
        Assert.False(PciUevent.Parse("u", Answer.Absent).IsComplete);
    }

    [Fact]
    public void Names_come_from_the_entries_that_were_asked_for()
    {
        byte[] file = Encoding.UTF8.GetBytes("# head\n10de  NVIDIA Corporation\n\t1eb8  TU104GL [Tesla T4]\n\t\t10de 12a2  sub\n8086  Intel Corporation\n\t1eb8  Not this one\nC 01  Mass storage\n\t08  NVM\n");
        PciIds ids = PciIds.Parse(file, new HashSet<(ushort, ushort)> { (0x10de, 0x1eb8), (0x0001, 0x0008) });
        Assert.Equal("NVIDIA Corporation", ids.Vendor(0x10de));
        Assert.Equal("TU104GL [Tesla T4]", ids.Device(0x10de, 0x1eb8));
        Assert.Null(ids.Vendor(0x8086));
        Assert.Null(ids.Device(0x8086, 0x1eb8));
        Assert.Null(PciIds.Parse([], new HashSet<(ushort, ushort)> { (1, 1) }).Vendor(1));
    }

    [Fact]
    public void No_text_makes_a_parser_throw() => Gen.String.Sample(text =>
    {
        _ = PciResourceParser.TryParse(text, out _);
        _ = PciLinkParser.TrySpeed(text, out _);
        _ = PciLinkParser.TryWidth(text, out _);
        _ = PciModalias.TryParse(text, out _);
        PciUevent.Parse("u", Answer.Of(text));
        _ = PciAddress.TryParse(text, out _);
        PciIds.Parse(Encoding.UTF8.GetBytes(text), new HashSet<(ushort, ushort)> { (1, 1) });
    });

    [Fact]
    public void No_bytes_make_the_names_file_throw() =>
        Gen.Byte.Array[0, 200].Sample(bytes => { PciIds.Parse(bytes, new HashSet<(ushort, ushort)> { (1, 1) }); });

    [Fact]
    public void The_search_for_few_vendors_finds_what_the_look_at_each_line_finds()
    {
        Gen<string> line = Line("8086  Intel", "1af4  Red Hat", "10de  NVIDIA", "\t1af4  a device", "\t0d57  another", "\t\t8086 1af4  a subsystem", "# 8086  no", "", "8086x");
        HashSet<(ushort, ushort)> few = [(0x8086, 0x0d57), (0x1af4, 0x1af4)];
        HashSet<(ushort, ushort)> many = [.. few, .. Enumerable.Range(1, 20).Select(id => ((ushort)id, (ushort)0))];
        line.Array[0, 20].Sample(lines =>
        {
            byte[] text = System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines.Append("C 01  Mass storage").Append("\t80  Other")));
            Assert.Equal(PciIds.Parse(text, many).ToText(), PciIds.Parse(text, few).ToText());
        });
    }

    private static Gen<string> Line(params string[] lines) => Gen.Int[0, lines.Length - 1].Select(index => lines[index]);
}
