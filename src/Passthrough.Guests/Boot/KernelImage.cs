using CliWrap;
using Passthrough.Guests.Qemu;

namespace Passthrough.Guests.Boot;

/// <summary>Unpacks the ELF kernel out of a bzImage, and modules out of their compression.</summary>
internal static class KernelImage
{
    /// <summary>Writes the ELF kernel inside <paramref name="image"/> to <paramref name="target"/>.</summary>
    public static async Task ExtractAsync(string image, string target, CancellationToken cancel)
    {
        byte[] bytes = await File.ReadAllBytesAsync(image, cancel).ConfigureAwait(false);
        if (BzImage.Locate(bytes, out string? problem) is not { } payload)
        {
            throw new LabException($"The kernel image {image} cannot be unpacked: {problem}.");
        }

        ReadOnlyMemory<byte> packed = bytes.AsMemory(payload.Offset, payload.Length);
        byte[] kernel = payload.Compression switch
        {
            BzImageCompression.Zstd => UnpackZstd(packed, payload.Size, image),
            BzImageCompression.Xz => await UnpackXzAsync(packed, cancel).ConfigureAwait(false),
            BzImageCompression.None => packed.ToArray(),
            _ => throw new LabException($"The kernel image {image} cannot be unpacked: it is compressed with {payload.Compression}."),
        };
        if (!kernel.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x7F, (byte)'E', (byte)'L', (byte)'F']))
        {
            throw new LabException($"The kernel image {image} cannot be unpacked: what is inside is no ELF file.");
        }

        await File.WriteAllBytesAsync(target, kernel, cancel).ConfigureAwait(false);
    }

    /// <summary>A module file's ELF content, whatever its suffix says about compression.</summary>
    public static async Task<byte[]> ReadModuleAsync(string path, CancellationToken cancel)
    {
        byte[] bytes = await File.ReadAllBytesAsync(path, cancel).ConfigureAwait(false);
        return Path.GetExtension(path) switch
        {
            ".ko" => bytes,
            ".xz" => await UnpackXzAsync(bytes, cancel).ConfigureAwait(false),
            ".zst" => UnpackZstd(bytes, long.MaxValue, path),
            string other => throw new LabException($"The module {path} is compressed in a way the lab does not read ({other})."),
        };
    }

    private static byte[] UnpackZstd(ReadOnlyMemory<byte> packed, long size, string path)
    {
        try
        {
            using var source = new ZstdSharp.DecompressionStream(new MemoryStream(packed.ToArray()));
            using var result = new MemoryStream();
            byte[] buffer = new byte[1 << 20];
            // Not to the end of the stream: what follows the frame belongs to the image, not to the kernel.
            while (result.Length < size)
            {
                int count = source.Read(buffer, 0, (int)Math.Min(buffer.Length, size - result.Length));
                if (count == 0)
                {
                    break;
                }

                result.Write(buffer, 0, count);
            }

            return result.ToArray();
        }
        catch (Exception error) when (error is ZstdSharp.ZstdException or IOException)
        {
            throw new LabException($"The file {path} cannot be unpacked: its zstd data are damaged.", error);
        }
    }

    private static async Task<byte[]> UnpackXzAsync(ReadOnlyMemory<byte> packed, CancellationToken cancel)
    {
        using var result = new MemoryStream();
        CommandResult ended = await HostPrograms.Command("xz", "-dc")
            .WithStandardInputPipe(PipeSource.FromBytes(packed))
            .WithStandardOutputPipe(PipeTarget.ToStream(result))
            .ExecuteAsync(cancel).ConfigureAwait(false);
        return ended.ExitCode == 0
            ? result.ToArray()
            : throw new LabException($"Unpacking a part of the guest's kernel failed: xz ended with code {ended.ExitCode}.");
    }
}
