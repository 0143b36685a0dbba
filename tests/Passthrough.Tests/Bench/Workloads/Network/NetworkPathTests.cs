using System.Net;
using CsCheck;
using Passthrough.Bench.Workloads.Network;
using Passthrough.Tests.Bench.Native;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Network;

public sealed class NetworkPathTests
{
    private const string Routes = """
        Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
        eth0	00000000	0102A8C0	0003	0	0	100	00000000	0	0	0
        wlan0	00000000	0102A8C0	0003	0	0	600	00000000	0	0	0
        eth0	0002A8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
        tun0	0000000A	00000000	0001	0	0	0	000000FF	0	0	0
        *	0000010A	00000000	0201	0	0	0	0000FFFF	0	0	0
        """;

    [Theory]
    [InlineData("192.168.2.9", "eth0")]
    [InlineData("203.0.113.7", "eth0")]
    [InlineData("10.9.9.9", "tun0")]
    [InlineData("10.1.2.3", "tun0")]
    [InlineData("127.0.0.5", "lo")]
    [InlineData("192.168.2.7", "lo")]
    public void The_interface_is_that_of_the_longest_route(string peer, string expected)
    {
        using var kernel = new FakeSystemCalls();
        kernel.Files["/proc/net/route"] = Routes;

        Assert.Equal(expected, NetworkPath.InterfaceTo(kernel, IPAddress.Parse("192.168.2.7"), IPAddress.Parse(peer)));
    }

    [Fact]
    public void An_ipv6_interface_is_the_one_with_the_local_address()
    {
        using var kernel = new FakeSystemCalls();
        kernel.Files["/proc/net/if_inet6"] = "fd000000000000000000000000000002 04 40 00 82     eth0\n";

        Assert.Equal("eth0", NetworkPath.InterfaceTo(kernel, IPAddress.Parse("fd00::2"), IPAddress.Parse("2001:db8::1")));
        Assert.Null(NetworkPath.InterfaceTo(kernel, IPAddress.Parse("fd00::3"), IPAddress.Parse("2001:db8::1")));
    }

    [Fact]
    public void Tables_that_are_missing_or_strange_tell_nothing()
    {
        using var kernel = new FakeSystemCalls();
        Assert.Null(NetworkPath.InterfaceTo(kernel, IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2")));

        Gen.String.Sample(text =>
        {
            kernel.Files["/proc/net/route"] = "header\n" + text;
            _ = NetworkPath.InterfaceTo(kernel, IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"));
            _ = SoftnetCounts.Parse(text);
        }, threads: 1); // The fake is for one thread.
    }

    [Fact]
    public void Vectors_are_those_of_the_device_else_of_the_function_above_else_its_pin()
    {
        using var kernel = new FakeSystemCalls();
        kernel.Folders["/sys/class/net/eth0/device/msi_irqs"] = ["30", "31"];
        kernel.Folders["/sys/class/net/eth1/device/../msi_irqs"] = ["40"];
        kernel.Files["/sys/class/net/eth2/device/irq"] = "11\n";

        Assert.Equal(["30", "31"], NetworkPath.InterruptsOf(kernel, "eth0"));
        Assert.Equal(["40"], NetworkPath.InterruptsOf(kernel, "eth1"));
        Assert.Equal(["11"], NetworkPath.InterruptsOf(kernel, "eth2"));
        Assert.Empty(NetworkPath.InterruptsOf(kernel, "lo"));
    }

    [Theory]
    [InlineData("192.0.2.1:7411", true)]
    [InlineData("[2001:db8::1]:7411", true)]
    [InlineData("192.0.2.1", false)]
    [InlineData("192.0.2.1:0", false)]
    [InlineData("2001:db8::1:7411", false)]
    [InlineData("1.2.3:7411", false)]
    [InlineData("localhost:7411", false)]
    [InlineData("", false)]
    public void An_endpoint_is_a_literal_address_with_a_port(string text, bool expected) => Assert.Equal(expected, Endpoint.TryParse(text, out _));

    [Fact]
    public void Any_endpoint_survives_the_kernels_form() => Gen.Select(Gen.Byte.Array[4], Gen.Byte.Array[16], Gen.Int[1, 65_535]).Sample((four, six, port) =>
    {
        foreach (IPAddress address in new[] { new IPAddress(four), new IPAddress(six) })
        {
            byte[] bytes = Endpoint.Bytes(new IPEndPoint(address, port));

            Assert.Equal(address, Endpoint.AddressOf(bytes));
            Assert.Equal(port, (bytes[2] << 8) | bytes[3]);
        }
    });

    [Fact]
    public void Softnet_rows_are_named_by_their_own_cpu_or_by_their_place()
    {
        SoftnetCounts modern = SoftnetCounts.Parse("""
            00000092 00000001 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000003 00000000 00000000 00000002 00000000 00000000
            0000413e 00000000 00000001 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000005 00000000 00000000
            """);
        SoftnetCounts old = SoftnetCounts.Parse("0000000a 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000\n");

        Assert.Equal([2, 5], modern.Rows.Keys);
        Assert.Equal(new SoftnetCounts.Row(0x92, 1, 2, 3), modern.Of(2));
        Assert.Equal(new SoftnetCounts.Row(10, 0, 0, 0), old.Of(0));
    }
}
