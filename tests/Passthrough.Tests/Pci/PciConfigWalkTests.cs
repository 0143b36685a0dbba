using CsCheck;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Pci;

public class PciConfigWalkTests
{
    [Fact]
    public void The_capabilities_of_every_recorded_function_are_the_same_as_those_of_its_whole_config_space()
    {
        int spaces = 0;
        foreach (string machine in Directory.GetFiles(Path.Combine(Fixtures.Repository, "tests", "Hosts"), "machine.tar.zst", SearchOption.AllDirectories))
        {
            IEvidence bundle = EvidenceSources.Open(null, machine);
            foreach (string name in bundle.List("/sys/bus/pci/devices").Or([])!)
            {
                Answer config = bundle.Ask(Question.Read($"/sys/bus/pci/devices/{name}/config"));
                if (config.IsFound)
                {
                    var whole = new PciConfigSpace(config.Content);
                    PciConfigSpace walked = Walk(config.Content.ToArray())!;
                    AssertSame(PciConfigParser.Parse(whole), PciConfigParser.Parse(walked));
                    Assert.Equal(whole.Length, walked.Length);
                    Assert.True(walked.Parts.Sum(part => part.Bytes.Length) < 500);
                    spaces++;
                }
            }
        }

        Assert.True(spaces > 50);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(256)]
    [InlineData(4096)]
    public void No_bytes_make_it_throw_or_read_for_ever(int length) => Gen.Byte.Array[length].Sample(bytes =>
    {
        int reads = 0;
        PciConfigSpace space = PciConfigWalk.Walk((offset, buffer) => Read(bytes, offset, buffer, ref reads), out _)!;
        Assert.Equal(length, space.Length);
        Assert.True(reads < 2500);
        AssertSame(PciConfigParser.Parse(new PciConfigSpace(bytes)), PciConfigParser.Parse(space));
        PciConfigSpace again = PciConfigWalk.Parse(PciConfigWalk.ToText(space))!;
        Assert.Equal(space.Length, again.Length);
        Assert.Equal(space.Parts.Select(part => (part.Offset, Convert.ToHexString(part.Bytes.Span))),
            again.Parts.Select(part => (part.Offset, Convert.ToHexString(part.Bytes.Span))));
    }, iter: 300);

    [Theory]
    [InlineData("")]
    [InlineData("length=4096")]
    [InlineData("length=64\n000=8680\n040=00\n")]
    [InlineData("length=0\n000=8680")]
    [InlineData("length=256\n000=868")]
    [InlineData("length=256\n000=86xy")]
    [InlineData("length=-5\n000=8680")]
    [InlineData("length=256\n010=8680")]
    [InlineData("length=256\n000=8680")]
    public void A_text_of_another_form_is_none(string text) => Assert.Null(PciConfigWalk.Parse(text));

    [Fact]
    public void An_error_is_told()
    {
        Assert.Null(PciConfigWalk.Walk((_, _) => -5, out int error));
        Assert.Equal(-5, error);
    }

    private static void AssertSame(PciCapabilities whole, PciCapabilities walked)
    {
        Assert.Equal(whole.ResizableBars, walked.ResizableBars);
        Assert.Equal(whole with { ResizableBars = null }, walked with { ResizableBars = null });
    }

    private static PciConfigSpace? Walk(byte[] bytes)
    {
        int reads = 0;
        return PciConfigWalk.Walk((offset, buffer) => Read(bytes, offset, buffer, ref reads), out _);
    }

    private static int Read(byte[] bytes, int offset, Span<byte> buffer, ref int reads)
    {
        reads++;
        int count = Math.Clamp(bytes.Length - offset, 0, buffer.Length);
        bytes.AsSpan(Math.Min(offset, bytes.Length), count).CopyTo(buffer);
        return count;
    }
}
