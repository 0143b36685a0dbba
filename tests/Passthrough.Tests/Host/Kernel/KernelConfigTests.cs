using System.IO.Compression;
using System.Text;
using CsCheck;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Xunit;

namespace Passthrough.Tests.Host.Kernel;

public class KernelConfigTests
{
    private const string Text = "# a comment\nCONFIG_VFIO=m\nCONFIG_KVM=y\n# CONFIG_VFIO_NOIOMMU is not set\nCONFIG_HZ=250\n"
        + "CONFIG_CMDLINE=\"a \\\"b\\\" c\"\nCONFIG_=y\nCONFIG_BROKEN\n# CONFIG_ is not set\n";

    [Fact]
    public void Values_are_letters_numbers_and_strings()
    {
        KernelConfigDictionary values = KernelConfigDictionary.Parse(Text);
        Assert.Equal("m", values["CONFIG_VFIO"]);
        Assert.Equal("y", values["CONFIG_KVM"]);
        Assert.Equal("n", values["CONFIG_VFIO_NOIOMMU"]);
        Assert.Equal("250", values["CONFIG_HZ"]);
        Assert.Equal("a \"b\" c", values["CONFIG_CMDLINE"]);
        Assert.Equal(5, values.Count);
    }

    [Theory]
    [InlineData("CONFIG_A=y\nCONFIG_B=m\nCONFIG_A=n\n# CONFIG_B is not set\n", 2)]
    [InlineData("  CONFIG_A=y\r\n# CONFIG_B is not set\r\n", 2)]
    [InlineData("CONFIG_A=CONFIG_B\nCONFIG_A is not set\n# CONFIG_C is set\n", 1)]
    [InlineData("", 0)]
    public void A_symbol_counts_once(string text, int symbols) => Assert.Equal(symbols, KernelConfigDictionary.Parse(text).Count);

    [Fact]
    public void The_number_of_symbols_is_the_number_of_keys() =>
        Line("CONFIG_A=y", "CONFIG_B=m", "# CONFIG_A is not set", "# CONFIG_CC is not set", "CONFIG_=y", "CONFIG_D", " CONFIG_E=1", "#", "CONFIG_A B=2").Array[0, 12]
            .Sample(lines =>
            {
                KernelConfigDictionary values = KernelConfigDictionary.Parse(string.Join('\n', lines));
                Assert.Equal(values.Keys.Count(), values.Count);
            });

    [Fact]
    public void Any_text_and_any_bytes_are_taken_without_an_exception()
    {
        Gen.String.Sample(text => KernelConfigDictionary.Parse(text).Count >= 0);
        Gen.Byte.Array.Sample(bytes => KernelConfigReader.Unpack(bytes, out string why) is not null || why.Length > 0);
    }

    [Fact]
    public void A_packed_configuration_is_read_first()
    {
        var tree = new TreeEvidence { ["/boot/config-6.1.0"] = "CONFIG_KVM=n\n" };
        tree.Set("/proc/config.gz", Answer.Of(Pack(Text)));
        KernelConfig config = KernelConfigReader.Read(tree, "6.1.0");
        Assert.Equal("/proc/config.gz", config.Values.Source);
        Assert.Equal("y", config["KVM"]);
        Assert.Equal("n", config["NEVER_HEARD_OF"]);
    }

    [Fact]
    public void A_corrupt_packed_configuration_does_not_hide_the_file_in_boot()
    {
        var tree = new TreeEvidence { ["/proc/config.gz"] = "this is no gzip", ["/boot/config-6.1.0"] = "CONFIG_KVM=m\n" };
        Assert.Equal("m", KernelConfigReader.Read(tree, "6.1.0")["KVM"]);
        KernelConfig alone = KernelConfigReader.Read(tree, null);
        Assert.Equal(Outcome.Failed, alone.Values.Outcome);
        Assert.Null(alone["KVM"]);
    }

    [Fact]
    public void A_cut_gzip_stream_is_a_failed_reading()
    {
        var tree = new TreeEvidence();
        byte[] packed = Pack(string.Concat(Enumerable.Range(0, 5000).Select(number => "CONFIG_A" + number.GetHashCode() + "=y\n")));
        tree.Set("/proc/config.gz", Answer.Of(packed.AsMemory(0, 8)));
        Assert.Equal(Outcome.Failed, KernelConfigReader.Read(tree, null).Values.Outcome);
    }

    [Fact]
    public void A_denied_file_is_not_called_absent()
    {
        var tree = new TreeEvidence();
        tree.Set("/boot/config-6.1.0", Answer.Denied);
        KernelConfig config = KernelConfigReader.Read(tree, "6.1.0");
        Assert.Equal(Outcome.Denied, config.Values.Outcome);
        Assert.Equal("/boot/config-6.1.0", config.Values.Source);
        Assert.Null(config.Has("VFIO"));
    }

    [Fact]
    public void A_file_without_settings_is_no_configuration() =>
        Assert.Equal(Outcome.Failed, KernelConfigReader.Read(new TreeEvidence { ["/boot/config-1"] = "hello\n" }, "1").Values.Outcome);

    private static byte[] Pack(string text)
    {
        using var target = new MemoryStream();
        using (var packer = new GZipStream(target, CompressionLevel.Fastest))
        {
            packer.Write(Encoding.UTF8.GetBytes(text));
        }

        return target.ToArray();
    }

    private static Gen<string> Line(params string[] lines) => Gen.Int[0, lines.Length - 1].Select(index => lines[index]);
}
