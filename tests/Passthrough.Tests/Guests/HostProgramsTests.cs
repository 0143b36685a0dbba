using CsCheck;
using Passthrough.Guests.Boot;
using Passthrough.Guests.Qemu;
using Xunit;

namespace Passthrough.Tests.Guests;

public class HostProgramsTests
{
    [Fact]
    public void Nothing_is_said_when_everything_is_there()
    {
        Assert.Null(HostPrograms.Describe(program => "/usr/bin/" + program, _ => true));
    }

    [Fact]
    public void What_is_missing_is_named_with_its_packages()
    {
        string? sentence = HostPrograms.Describe(
            program => program is "qemu-system-x86_64" or "xz" ? null : "/usr/bin/" + program, _ => true);

        Assert.Equal(
            "The lab needs qemu-system-x86_64, xz; on Debian: apt-get install qemu-system-x86 xz-utils", sentence);
    }

    [Fact]
    public void A_busybox_that_needs_a_loader_does_not_do()
    {
        string? sentence = HostPrograms.Describe(program => "/usr/bin/" + program, _ => false);

        Assert.Equal("The lab needs a statically linked busybox; on Debian: apt-get install busybox-static", sentence);
    }

    [Fact]
    public void A_package_of_two_programs_is_named_once()
    {
        string? sentence = HostPrograms.Describe(
            program => program.StartsWith("apt-", StringComparison.Ordinal) ? null : "/usr/bin/" + program, _ => true);

        Assert.EndsWith("apt-get install apt", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_without_an_interpreter_header_is_static()
    {
        byte[] file = new byte[64 + 56];
        ((ReadOnlySpan<byte>)[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1]).CopyTo(file);
        file[32] = 64;
        file[54] = 56;
        file[56] = 1;

        file[64] = 1;
        Assert.True(StaticElf.IsStatic(file));
        file[64] = 3;
        Assert.False(StaticElf.IsStatic(file));
    }

    [Fact]
    public void Any_bytes_can_be_asked_whether_they_are_static()
    {
        Assert.False(StaticElf.IsStatic([]));
        Gen.Byte.Array[64, 300].Sample(bytes =>
        {
            ((ReadOnlySpan<byte>)[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1]).CopyTo(bytes);
            _ = StaticElf.IsStatic(bytes);
        });
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("N: Unable to locate package linux-image-6.12-amd64\n", null)]
    [InlineData("linux-image-6.12-amd64\n  Depends: linux-image-6.12.117+deb12-amd64\n", "linux-image-6.12.117+deb12-amd64")]
    [InlineData("linux-image-amd64\n  Depends: linux-image-6.1.0-56-amd64\n", null)]
    [InlineData("linux-image-amd64\n |Depends: linux-image-6.12.5-amd64\n  Depends: other\n", "linux-image-6.12.5-amd64")]
    public void The_kernels_package_is_read_from_what_its_metapackage_depends_on(string text, string? package)
    {
        Assert.Equal(package, KernelStore.PackageFrom(text));
    }
}
