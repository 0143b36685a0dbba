using System.Globalization;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>
/// What the command line asks of huge pages, read in the kernel's order (mm/hugetlb.c): hugepages= belongs to the size named just
/// before it, a size that is not supported makes the next hugepages= be ignored, and without a size the default size is meant.
/// </summary>
internal sealed class HugePageRequests
{
    private readonly Dictionary<int, string> _ignored = [];
    private readonly List<HugePageRequest> _requests = [];

    private HugePageRequests()
    {
    }

    /// <summary>What is asked, in order.</summary>
    public IReadOnlyList<HugePageRequest> Requests => _requests;

    /// <summary>Why the kernel ignores the token at an index; null when it does not.</summary>
    public string? WhyIgnored(int index) => _ignored.GetValueOrDefault(index);

    /// <summary>Reads a command line that is known.</summary>
    public static HugePageRequests Of(HostModel model)
    {
        var result = new HugePageRequests();
        IReadOnlyList<CommandLineToken> tokens = model.Kernel.CommandLine.Value!.Tokens;
        (int Index, long? Size)? size = null;
        int? lastOfSize = null;
        bool valid = true;
        long? defaultSize = null;
        var counted = new HashSet<long>();
        for (int i = 0; i < tokens.Count; i++)
        {
            CommandLineToken token = tokens[i];
            if (token.Is("default_hugepagesz") || token.Is("hugepagesz"))
            {
                bool isDefault = token.Is("default_hugepagesz");
                long? bytes = Size(token.Value);
                bool? supported = bytes is { } known ? IsSupported(model, known) : false;
                string? why = isDefault && defaultSize is not null ? "default_hugepagesz= was given before; only the first counts."
                    : supported == false ? $"{token.Value ?? "nothing"} is no size of huge pages on this machine, so the hugepages= that follows is ignored too."
                    : !isDefault && counted.Contains(bytes!.Value) ? "This size was given before, so it and the hugepages= that follows are ignored."
                    : null;
                if (why is not null)
                {
                    result._ignored[i] = why;
                }
                else if (isDefault)
                {
                    defaultSize = bytes;
                }

                valid = why is null;
                size = (i, bytes);
                lastOfSize = null;
            }
            else if (token.Is("hugepages"))
            {
                if (!valid)
                {
                    result._ignored[i] = "It does not follow a size that the kernel takes, so the kernel ignores it.";
                    valid = true;
                    continue;
                }

                if (lastOfSize is not null)
                {
                    result._ignored[i] = "A second hugepages= without another hugepagesz= between is ignored.";
                    continue;
                }

                lastOfSize = i;
                if (size?.Size is { } counting)
                {
                    counted.Add(counting);
                }

                if (!TryCount(token.Value, out IReadOnlyDictionary<int, long>? nodes, out long pages))
                {
                    result._ignored[i] = "The value is no count: write hugepages=N, or hugepages=NODE:N,NODE:N on newer kernels.";
                    continue;
                }

                result._requests.Add(new HugePageRequest(token.Text, size is null ? null : size.Value.Size, pages, nodes, IsDefault: size is null));
            }
        }

        return result;
    }

    /// <summary>The kernel's memparse: a number and one of K, M, G, T; what follows does not matter. Null when there is no number.</summary>
    public static long? Size(string? text)
    {
        int digits = text is null ? 0 : text.TakeWhile(char.IsAsciiDigit).Count();
        if (digits is 0 or > 12)
        {
            return null;
        }

        int shift = digits < text!.Length ? char.ToUpperInvariant(text[digits]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 } : 0;
        long number = long.Parse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture);
        return shift == 0 ? number : number < 1 << 20 ? number << shift : null;
    }

    // x86 knows 2 MiB and, with pdpe1gb, 1 GiB; elsewhere the kernel's pools tell. Null: not known.
    private static bool? IsSupported(HostModel model, long bytes)
    {
        if (model.Memory.HugePages is { IsKnown: true, Value: { Count: > 0 } pools } && pools.Any(pool => pool.SizeBytes == bytes))
        {
            return true;
        }

        return bytes < 1 << 16 || (bytes & (bytes - 1)) != 0 ? false
            : model.Cpu.Vendor is not ("intel" or "amd") ? null
            : bytes == 2 << 20 ? true
            : bytes == 1L << 30 ? model.Cpu.HasFlag("pdpe1gb")
            : false;
    }

    private static bool TryCount(string? text, out IReadOnlyDictionary<int, long>? nodes, out long pages)
    {
        (nodes, pages) = (null, 0);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out pages))
        {
            return true;
        }

        var byNode = new Dictionary<int, long>();
        foreach (string part in text?.Split(',') ?? [])
        {
            string[] pair = part.Split(':');
            if (pair.Length != 2 || !int.TryParse(pair[0], NumberStyles.None, CultureInfo.InvariantCulture, out int node)
                || !long.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out long count))
            {
                return false;
            }

            byNode[node] = count;
        }

        (nodes, pages) = (byNode, byNode.Values.Sum());
        return byNode.Count > 0;
    }
}

/// <summary>One count that the kernel takes.</summary>
/// <param name="Token">The hugepages= token.</param>
/// <param name="SizeBytes">The size named before it; null for the default size.</param>
/// <param name="Pages">How many, over all nodes.</param>
/// <param name="Nodes">How many on each node, where the token says so.</param>
/// <param name="IsDefault">No size was named.</param>
internal sealed record HugePageRequest(string Token, long? SizeBytes, long Pages, IReadOnlyDictionary<int, long>? Nodes, bool IsDefault);
