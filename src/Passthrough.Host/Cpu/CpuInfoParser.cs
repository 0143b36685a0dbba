using System.Globalization;

namespace Passthrough.Host.Cpu;

/// <summary>
/// What /proc/cpuinfo says, on any architecture. A member is null when no line says it.
/// </summary>
/// <param name="Processors">Processor blocks.</param>
/// <param name="VendorId">vendor_id (x86, s390); "ARM" where a CPU implementer stands.</param>
/// <param name="ModelName">model name; "cpu" on POWER, "cpu model" on MIPS.</param>
/// <param name="Flags">flags (x86), Features (Arm) or features (s390) of the first processor.</param>
/// <param name="Microcode">microcode revision of the first processor.</param>
public sealed record CpuInfoText(int Processors, string? VendorId, string? ModelName, IReadOnlySet<string>? Flags, string? Microcode);

/// <summary>
/// Parses /proc/cpuinfo. The layout differs by architecture: x86 and Arm print one block a CPU, s390 one
/// "processor N: version = …" line a CPU, POWER a block with "cpu" for the model.
/// </summary>
public static class CpuInfoParser
{
    /// <summary>Reads the text; null when no line looks like cpuinfo.</summary>
    public static CpuInfoText? Parse(string text)
    {
        int processors = 0;
        bool isArm = false, any = false;
        string? vendor = null, model = null, otherModel = null, microcode = null, flags = null;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int colon = line.IndexOf(':');
            if (colon <= 0)
            {
                continue;
            }

            ReadOnlySpan<char> key = line[..colon].Trim();
            ReadOnlySpan<char> value = line[(colon + 1)..].Trim();
            switch (key)
            {
                case "processor" when IsNumber(value):
                    processors++;
                    break;
                case "vendor_id":
                    vendor ??= value.ToString();
                    break;
                case "CPU implementer":
                    isArm = true;
                    break;
                case "model name":
                    model ??= value.ToString();
                    break;
                case "cpu" or "cpu model" or "Processor" or "Model Name":
                    otherModel ??= value.ToString();
                    break;
                case "flags" or "Features" or "features":
                    flags ??= value.ToString();
                    break;
                case "microcode":
                    microcode ??= value.ToString();
                    break;
                default:
                    // s390: "processor 0: version = FF,  identification = 0133E8,  machine = 2964".
                    if (!key.StartsWith("processor ", StringComparison.Ordinal) || !IsNumber(key["processor ".Length..].Trim()))
                    {
                        continue;
                    }

                    processors++;
                    break;
            }

            any = true;
        }

        return any
            ? new CpuInfoText(processors, vendor ?? (isArm ? "ARM" : null), model ?? otherModel, Words(flags), microcode)
            : null;
    }

    private static HashSet<string>? Words(string? flags) =>
        flags?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);

    private static bool IsNumber(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
