using System.Buffers;
using System.Text;
using CsCheck;
using Passthrough.Host.Evidence;
using Xunit;

namespace Passthrough.Tests.Evidence;

public class KernelRingTests
{
    [Theory]
    [InlineData("", "\n")]
    [InlineData("no record at all", "no record at all\n")]
    [InlineData("6,1,x,-;bad time", "6,1,x,-;bad time\n")]
    [InlineData("5,0,0,-;Linux version 6.1\n", "[    0.000000] Linux version 6.1\n")]
    [InlineData("6,339,5140900,-;NET: Registered protocol\n SUBSYSTEM=net\n DEVICE=n1\n", "[    5.140900] NET: Registered protocol\n")]
    [InlineData("6,2,12345678901,-,caller=T1;a;b\n", "[12345.678901] a;b\n")]
    [InlineData("6,2,1,-;two\\x0alines\n", "[    0.000001] two\n[    0.000001] lines\n")]
    [InlineData("6,2,1,-;\\xc3\\xa9 \\x5c \\x1b[2J\n", "[    0.000001] é \\ \\x1b[2J\n")]
    public void A_record_becomes_a_line_of_dmesg(string record, string expected)
    {
        var output = new ArrayBufferWriter<byte>();
        KernelRing.Append(Encoding.UTF8.GetBytes(record), output);
        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void No_bytes_make_it_throw() =>
        Gen.Byte.Array[0, 60].Sample(bytes => KernelRing.Append(bytes, new ArrayBufferWriter<byte>()));
}
