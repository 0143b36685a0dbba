using CsCheck;
using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Host.Logs;

public class LogPrefixTests
{
    [Theory]
    [InlineData("DMAR: x")]
    [InlineData("[    0.000000] DMAR: x")]
    [InlineData("[    0.000000][    T0] DMAR: x")]
    [InlineData("[ 1234.5] [  C12] DMAR: x")]
    [InlineData("<6>[    0.000000] DMAR: x")]
    [InlineData("<30>DMAR: x")]
    [InlineData("6,1234,5678901,-;DMAR: x")]
    [InlineData("4,99,12,c,caller=T1;DMAR: x")]
    [InlineData("[Thu May 14 03:18:38 2020] DMAR: x")]
    [InlineData("[2020-05-14T03:18:38,123456+02:00] DMAR: x")]
    [InlineData("[ +0.000012] DMAR: x")]
    [InlineData("kern  :info  : [    0.000000] DMAR: x")]
    [InlineData("kern  :err   : [Thu May 14 03:18:38 2020] DMAR: x")]
    [InlineData("May 14 03:18:38 host kernel: [    0.000000] DMAR: x")]
    [InlineData("aug 14 03:18:38 taz kernel: DMAR: x")]
    [InlineData("2020-05-14T03:18:38.123456+02:00 host kernel: DMAR: x")]
    [InlineData("kernel: DMAR: x")]
    [InlineData("> > [    0.000000] DMAR: x\r")]
    [InlineData("   \tDMAR: x   ")]
    public void The_message_begins_behind_every_known_prefix(string line) =>
        Assert.Equal("DMAR: x", LogPrefix.Trim(line).ToString());

    [Theory]
    [InlineData("[DMA Read] Request device [03:00.0]")]
    [InlineData("[Firmware Bug]: x")]
    [InlineData("[0000:00:1f.2] x")]
    [InlineData("[mem 0x1-0x2] x")]
    [InlineData("[]")]
    [InlineData("6,7;x")]
    [InlineData("<html>")]
    [InlineData("0000:00:1f.2: x")]
    [InlineData("the kernel: x")]
    public void What_is_no_prefix_stays(string line) => Assert.Equal(line, LogPrefix.Trim(line).ToString());

    [Fact]
    public void Any_text_is_taken_and_the_rest_is_a_part_of_it() => Gen.String.Sample(text =>
        text.Contains(LogPrefix.Trim(text).ToString(), StringComparison.Ordinal));

    [Theory]
    [InlineData("[   12.5] x", 12.5)]
    [InlineData("<6>[    3.25][    T1] x", 3.25)]
    [InlineData("no stamp", null)]
    [InlineData("[T1] x", null)]
    public void The_stamp_is_the_seconds_since_boot(string line, double? expected) => Assert.Equal(expected, LogPrefix.Stamp(line));
}
