using CsCheck;
using Passthrough.Host.Cpu;
using Xunit;

namespace Passthrough.Tests.Host.Cpu;

public class CpuInfoParserTests
{
    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("no colon here\n")]
    [InlineData(": value without a key\n")]
    [InlineData("processor: not a number\n")]
    public void Text_that_is_no_cpuinfo_gives_nothing(string text) => Assert.Null(CpuInfoParser.Parse(text));

    [Fact]
    public void Any_text_is_taken_without_an_exception() =>
        Gen.String.Sample(text => CpuInfoParser.Parse(text) is null or { Processors: >= 0 });

    [Fact]
    public void Two_x86_processors_are_counted_and_the_first_one_speaks()
    {
        CpuInfoText info = CpuInfoParser.Parse("""
            processor	: 0
            vendor_id	: AuthenticAMD
            model name	: AMD EPYC 7000 Test
            microcode	: 0xa0011d1
            flags		: fpu svm x2apic

            processor	: 1
            vendor_id	: GenuineIntel
            model name	: another
            flags		: vmx

            """)!;
        Assert.Equal(2, info.Processors);
        Assert.Equal("AuthenticAMD", info.VendorId);
        Assert.Equal("AMD EPYC 7000 Test", info.ModelName);
        Assert.Equal("0xa0011d1", info.Microcode);
        Assert.Equal(["fpu", "svm", "x2apic"], info.Flags!.Order());
    }

    [Fact]
    public void A_CPU_implementer_makes_the_vendor_ARM()
    {
        CpuInfoText info = CpuInfoParser.Parse("processor : 0\nFeatures : fp asimd\nCPU implementer : 0x41\n")!;
        Assert.Equal("ARM", info.VendorId);
        Assert.Null(info.ModelName);
        Assert.Contains("asimd", info.Flags!);
    }

    [Fact]
    public void The_lines_of_s390_name_one_processor_each()
    {
        CpuInfoText info = CpuInfoParser.Parse("""
            vendor_id       : IBM/S390
            # processors    : 2
            features	: esan3 zarch
            processor 0: version = FF,  identification = 0133E8,  machine = 2964
            processor 1: version = FF,  identification = 0133E8,  machine = 2964
            """)!;
        Assert.Equal(2, info.Processors);
        Assert.Equal("IBM/S390", info.VendorId);
        Assert.Contains("zarch", info.Flags!);
    }

    [Fact]
    public void The_model_on_POWER_stands_in_its_cpu_line()
    {
        CpuInfoText info = CpuInfoParser.Parse("processor\t: 8\ncpu\t\t: POWER9, altivec supported\nclock\t: 2300.000000MHz\n")!;
        Assert.Equal(1, info.Processors);
        Assert.Equal("POWER9, altivec supported", info.ModelName);
        Assert.Null(info.VendorId);
        Assert.Null(info.Flags);
    }
}
