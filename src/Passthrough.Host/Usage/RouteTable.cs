using System.Globalization;

namespace Passthrough.Host.Usage;

/// <summary>Parses the main routing tables for default routes. Sources: linux/route.h, net/ipv4/fib_trie.c, net/ipv6/route.c.</summary>
internal static class RouteTable
{
    private const uint RouteUp = 0x0001;
    private const uint RouteReject = 0x0200;

    /// <summary>
    /// Interfaces of default routes in /proc/net/route: name, destination, gateway, flags, RefCnt, Use, metric, mask …, in hex.
    /// </summary>
    public static List<string> ParseIpv4(string text)
    {
        var interfaces = new List<string>();
        foreach (string line in text.Split('\n').Skip(1))
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 8 && words[1] == "00000000" && words[7] == "00000000" && IsUsable(words[3]) && !interfaces.Contains(words[0]))
            {
                interfaces.Add(words[0]);
            }
        }

        return interfaces;
    }

    /// <summary>
    /// Interfaces of default routes in /proc/net/ipv6_route: destination, prefix length, source, prefix length, next hop, metric, reference
    /// count, use count, flags, interface. The kernel's own reject routes stand on lo.
    /// </summary>
    public static List<string> ParseIpv6(string text)
    {
        var interfaces = new List<string>();
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 10 && words[0].AsSpan().IndexOfAnyExcept('0') < 0 && words[1] == "00" && words[9] != "lo"
                && IsUsable(words[8]) && !interfaces.Contains(words[9]))
            {
                interfaces.Add(words[9]);
            }
        }

        return interfaces;
    }

    /// <summary>True when every line of the text has the form of /proc/net/ipv6_route; an empty table has none.</summary>
    public static bool IsIpv6Table(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .All(line => line.Length > 32 && line[32] == ' ' && line.Take(32).All(char.IsAsciiHexDigit));

    private static bool IsUsable(string flags) =>
        uint.TryParse(flags, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)
        && (value & RouteUp) != 0 && (value & RouteReject) == 0;
}
