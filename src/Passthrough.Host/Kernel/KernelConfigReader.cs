using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Kernel;

/// <summary>Finds the build configuration of the running kernel.</summary>
public static class KernelConfigReader
{
    /// <summary>A real configuration has about 0.3 MB; a file that unpacks to more than this is none.</summary>
    private const int Limit = 16 << 20;

    private const string Packed = "/proc/config.gz";

    /// <summary>
    /// Reads /proc/config.gz, else the file that the distribution keeps for this release. A place that is there and
    /// does not parse does not hide the next one.
    /// </summary>
    public static KernelConfig Read(IEvidence evidence, string? release)
    {
        Reading<IReadOnlyDictionary<string, string>> worst = default;
        foreach (string path in Paths(release))
        {
            Reading<IReadOnlyDictionary<string, string>> values = ReadOne(evidence, path);
            if (values.IsKnown)
            {
                return new KernelConfig(values);
            }

            if (worst.Source is null || FirstFound.Weight(values.Outcome) > FirstFound.Weight(worst.Outcome))
            {
                worst = values;
            }
        }

        return new KernelConfig(worst);
    }

    /// <summary>Unpacks gzip data; null with a reason when it is corrupt or too large.</summary>
    public static ReadOnlyMemory<byte>? Unpack(ReadOnlyMemory<byte> data, out string why)
    {
        why = "";
        try
        {
            byte[] bytes = MemoryMarshal.TryGetArray(data, out ArraySegment<byte> segment) && segment.Offset == 0 ? segment.Array! : data.ToArray();
            using var packed = new GZipStream(new MemoryStream(bytes, 0, data.Length, writable: false), CompressionMode.Decompress);

            // The last four bytes tell the plain length (RFC 1952, ISIZE), which a broken file may tell wrongly.
            uint told = data.Length >= 18 ? BinaryPrimitives.ReadUInt32LittleEndian(data.Span[^4..]) : 0;
            byte[] plain = new byte[told is > 0 and <= Limit ? told + 1 : 64 << 10];
            int length = 0;
            int count;
            while ((count = packed.Read(plain, length, plain.Length - length)) > 0)
            {
                length += count;
                if (length > Limit)
                {
                    why = "it unpacks to more than 16 MiB";
                    return null;
                }

                if (length == plain.Length)
                {
                    Array.Resize(ref plain, plain.Length * 2);
                }
            }

            return plain.AsMemory(0, length);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            why = "its gzip data is corrupt";
            return null;
        }
    }

    private static IEnumerable<string> Paths(string? release)
    {
        yield return Packed;

        // A release is part of a path here; a text that is no single name would lead elsewhere.
        if (release is { Length: > 0 } && !release.Contains('/', StringComparison.Ordinal) && release is not ("." or ".."))
        {
            yield return "/boot/config-" + release;
            yield return "/lib/modules/" + release + "/config";
            yield return "/usr/lib/modules/" + release + "/config";
            yield return "/lib/modules/" + release + "/build/.config";
        }
    }

    private static Reading<IReadOnlyDictionary<string, string>> ReadOne(IEvidence evidence, string path)
    {
        Answer answer = evidence.Ask(Question.Read(path));
        if (!answer.IsFound)
        {
            return Reading.Missing<IReadOnlyDictionary<string, string>>(answer.Outcome, path, answer.Why);
        }

        string why = "";
        ReadOnlyMemory<byte>? text = path == Packed ? Unpack(answer.Content, out why) : answer.Content;
        if (text is null)
        {
            return Reading.Failed<IReadOnlyDictionary<string, string>>(path, why);
        }

        KernelConfigDictionary values = KernelConfigDictionary.Parse(text.Value);
        return !values.IsEmpty
            ? Reading.Of<IReadOnlyDictionary<string, string>>(values, path)
            : Reading.Failed<IReadOnlyDictionary<string, string>>(path, "it holds no CONFIG_ line");
    }
}
