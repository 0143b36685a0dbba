using System.Diagnostics;
using System.Globalization;
using System.Text;
using Passthrough.Guests.Boot;
using Xunit;

namespace Passthrough.Tests.Guests;

public class CpioArchiveTests
{
    [Fact]
    public void An_empty_archive_is_its_trailer()
    {
        byte[] bytes = new CpioArchive().ToArray();

        Assert.Equal(124, bytes.Length);
        Assert.Equal("TRAILER!!!\0", Encoding.ASCII.GetString(bytes, 110, 11));
    }

    [Fact]
    public void Names_and_contents_start_at_multiples_of_four()
    {
        var archive = new CpioArchive();
        archive.AddFile("ab", "12345"u8, executable: true);

        byte[] bytes = archive.ToArray();

        Assert.Equal(0, bytes.Length % 4);
        Assert.Equal("000081ED", Encoding.ASCII.GetString(bytes, 14, 8));
        Assert.Equal(5, int.Parse(Encoding.ASCII.GetString(bytes, 54, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        // 110 bytes of header, "ab" and its NUL, padded to 116; five bytes, padded to 124.
        Assert.Equal("12345", Encoding.ASCII.GetString(bytes, 116, 5));
        Assert.Equal("070701", Encoding.ASCII.GetString(bytes, 124, 6));
    }

    [Fact]
    public void Equal_input_gives_equal_bytes()
    {
        Assert.Equal(Sample(), Sample());
    }

    [SkippableFact]
    public void The_cpio_program_reads_it()
    {
        Skip.IfNot(File.Exists("/usr/bin/cpio") || File.Exists("/bin/cpio"), "the program cpio is not installed");
        var start = new ProcessStartInfo("cpio", ["-tv", "--quiet"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        using Process cpio = Process.Start(start)!;
        cpio.StandardInput.BaseStream.Write(Sample());
        cpio.StandardInput.Close();
        string[] lines = cpio.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("", cpio.StandardError.ReadToEnd());
        cpio.WaitForExit();

        Assert.Equal(0, cpio.ExitCode);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("drwxr-xr-x   2 root     root            0", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^-rwxr-xr-x   1 root     root            7 .* bin/busybox$", lines[1]);
        Assert.Matches(@"^-rw-r--r--   1 root     root            0 .* list$", lines[2]);
    }

    private static byte[] Sample()
    {
        var archive = new CpioArchive();
        archive.AddDirectory("bin");
        archive.AddFile("bin/busybox", "content"u8, executable: true);
        archive.AddFile("list", [], executable: false);
        return archive.ToArray();
    }
}
