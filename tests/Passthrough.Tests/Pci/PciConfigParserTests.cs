using CsCheck;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Pci;

public class PciConfigParserTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(64)]
    public void Sixty_four_bytes_or_fewer_tell_nothing(int length) =>
        Assert.Equal(PciCapabilities.Unknown, Parse(new byte[length]));

    [Fact]
    public void A_function_that_left_the_bus_tells_nothing()
    {
        byte[] bytes = new byte[4096];
        bytes.AsSpan().Fill(0xff);
        Assert.False(Parse(bytes).Known);
    }

    [Fact]
    public void A_virtual_function_is_read_though_its_ids_are_ones()
    {
        byte[] bytes = Config(256, (0x40, 0x11, 0));
        bytes.AsSpan(0, 4).Fill(0xff);
        Assert.True(Parse(bytes).MsiX);
    }

    [Fact]
    public void With_256_bytes_extended_capabilities_stay_unknown()
    {
        PciCapabilities found = Parse(Config(256, (0x40, 0x05, 0x50), (0x50, 0x11, 0)));
        Assert.True(found.Known);
        Assert.True(found.Msi);
        Assert.True(found.MsiX);
        Assert.False(found.Express);
        Assert.False(found.Flr);
        Assert.Null(found.Acs);
        Assert.Null(found.Ats);
        Assert.Null(found.Sriov);
        Assert.Null(found.ResizableBar);
        Assert.Null(found.Pasid);
        Assert.Null(found.Pri);
    }

    [Fact]
    public void Without_the_capability_list_bit_the_pointer_counts_for_nothing()
    {
        byte[] bytes = Config(256, (0x40, 0x05, 0));
        bytes[6] = 0;
        Assert.False(Parse(bytes).Msi);
    }

    [Fact]
    public void A_chain_that_runs_in_a_circle_ends()
    {
        PciCapabilities found = Parse(Config(256, (0x40, 0x01, 0x48), (0x48, 0x05, 0x40)));
        Assert.True(found.Msi);
        Assert.False(found.MsiX);
    }

    [Fact]
    public void A_chain_that_leaves_the_bytes_leaves_the_rest_unknown()
    {
        PciCapabilities found = Parse(Config(256, (0x40, 0x05, 0x90))[..0x80]);
        Assert.True(found.Msi);
        Assert.Null(found.MsiX);
        Assert.Null(found.Express);
        Assert.Null(found.Flr);
    }

    [Theory]
    [InlineData(0x10000000u, true)]
    [InlineData(0x00008000u, false)]
    public void The_reset_flag_is_bit_28_of_the_device_capabilities(uint bits, bool expected)
    {
        byte[] bytes = Config(256, (0x40, 0x10, 0));
        bytes[0x42] = 0x42;
        BitConverter.TryWriteBytes(bytes.AsSpan(0x44), bits);
        PciCapabilities found = Parse(bytes);
        Assert.Equal(expected, found.Flr);
        Assert.Equal(4, found.ExpressPortType);
    }

    [Fact]
    public void The_advanced_features_tell_the_reset_of_conventional_functions()
    {
        byte[] bytes = Config(256, (0x40, 0x13, 0));
        bytes[0x42] = 6;
        bytes[0x43] = 3;
        Assert.True(Parse(bytes).Flr);
        bytes[0x43] = 1;
        Assert.False(Parse(bytes).Flr);
    }

    [Fact]
    public void Extended_capabilities_are_found_with_their_registers()
    {
        byte[] bytes = Config(4096, (0x40, 0x10, 0));
        Extended(bytes, 0x100, 0x0d, 0x140);
        bytes[0x104] = 0x5f;
        bytes[0x106] = 0x1d;
        Extended(bytes, 0x140, 0x0f, 0x200);
        Extended(bytes, 0x200, 0x1b, 0);
        PciCapabilities found = Parse(bytes);
        Assert.Equal((true, (ushort)0x5f, (ushort)0x1d), (found.Acs, found.AcsCapability, found.AcsControl));
        Assert.True(found.Ats);
        Assert.True(found.Pasid);
        Assert.False(found.Sriov);
        Assert.False(found.Pri);
        Assert.False(found.ResizableBar);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0xffffffffu)]
    public void No_first_header_means_no_extended_capability(uint header)
    {
        byte[] bytes = Config(4096, (0x40, 0x10, 0));
        BitConverter.TryWriteBytes(bytes.AsSpan(0x100), header);
        Assert.False(Parse(bytes).Acs);
        Assert.False(Parse(bytes).Sriov);
    }

    [Fact]
    public void An_extended_chain_that_runs_in_a_circle_ends()
    {
        byte[] bytes = Config(4096);
        Extended(bytes, 0x100, 0x0d, 0x100);
        Assert.True(Parse(bytes).Acs);
    }

    [Fact]
    public void No_bytes_make_it_throw() => Gen.Byte.Array[0, 600].Sample(bytes => { Parse(bytes); });

    private static PciCapabilities Parse(byte[] bytes) => PciConfigParser.Parse(new PciConfigSpace(bytes));

    private static byte[] Config(int length, params (int At, byte Id, byte Next)[] chain)
    {
        byte[] bytes = new byte[length];
        bytes[6] = 0x10;
        bytes[0x34] = chain.Length > 0 ? (byte)chain[0].At : (byte)0;
        foreach ((int at, byte id, byte next) in chain)
        {
            bytes[at] = id;
            bytes[at + 1] = next;
        }

        return bytes;
    }

    private static void Extended(byte[] bytes, int at, ushort id, int next) =>
        BitConverter.TryWriteBytes(bytes.AsSpan(at), id | 0x10000u | ((uint)next << 20));
}
