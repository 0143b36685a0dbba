using System.Buffers.Binary;
using CsCheck;
using Passthrough.Guests.Boot;
using Xunit;

namespace Passthrough.Tests.Guests;

public class BzImageTests
{
    [Fact]
    public void An_empty_file_is_no_kernel_image()
    {
        Assert.Null(BzImage.Locate([], out string? problem));
        Assert.Equal("the file has no x86 boot header", problem);
    }

    [Fact]
    public void A_zstd_payload_is_found_with_its_unpacked_size()
    {
        byte[] image = Image([0x28, 0xB5, 0x2F, 0xFD, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x10, 0x20, 0, 0]);

        BzImagePayload? payload = BzImage.Locate(image, out string? problem);

        Assert.Null(problem);
        Assert.Equal(new BzImagePayload(BzImageCompression.Zstd, 1024 + 0x40, 16, 0x2010), payload);
    }

    [Theory]
    [InlineData(new byte[] { 0xFD, 0x37, 0x7A, 0x58, 0x5A, 0 }, 1)]
    [InlineData(new byte[] { 0x02, 0x21, 0x4C, 0x18, 0, 0 }, 2)]
    [InlineData(new byte[] { 0x7F, 0x45, 0x4C, 0x46, 0, 0 }, 3)]
    public void The_magic_number_names_the_compression(byte[] magic, int compression)
    {
        byte[] image = Image([.. magic, .. new byte[14]]);

        Assert.Equal((BzImageCompression)compression, BzImage.Locate(image, out _)?.Compression);
    }

    [Fact]
    public void A_payload_outside_the_file_is_a_problem()
    {
        byte[] image = Image([0x28, 0xB5, 0x2F, 0xFD, .. new byte[16]]);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x24C), uint.MaxValue);

        Assert.Null(BzImage.Locate(image, out string? problem));
        Assert.Equal("the boot header names a place outside the file", problem);
    }

    [Fact]
    public void An_unknown_compression_is_a_problem()
    {
        Assert.Null(BzImage.Locate(Image(new byte[20]), out string? problem));
        Assert.Contains("neither zstd, xz nor lz4", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_old_boot_protocol_is_a_problem()
    {
        byte[] image = Image(new byte[20]);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(0x206), 0x207);

        Assert.Null(BzImage.Locate(image, out string? problem));
        Assert.Contains("2.08", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_bytes_behind_a_boot_header_can_be_read()
    {
        Gen.Byte.Array[0, 2000].Sample(bytes =>
        {
            byte[] image = bytes;
            if (image.Length > 0x206)
            {
                "HdrS"u8.CopyTo(image.AsSpan(0x202));
            }

            return BzImage.Locate(image, out string? problem) is null == problem is not null;
        });
    }

    /// <summary>One setup sector behind the boot sector, and the payload 0x40 bytes into the protected-mode code.</summary>
    private static byte[] Image(byte[] payload)
    {
        byte[] image = new byte[1024 + 0x40 + payload.Length];
        image[0x1F1] = 1;
        "HdrS"u8.CopyTo(image.AsSpan(0x202));
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(0x206), 0x20F);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x248), 0x40);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x24C), (uint)payload.Length);
        payload.CopyTo(image, 1024 + 0x40);
        return image;
    }
}
