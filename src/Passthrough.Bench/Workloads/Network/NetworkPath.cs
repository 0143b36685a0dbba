using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Network;

/// <summary>Which interface traffic to a peer uses, and which interrupts are the interface's.</summary>
internal static class NetworkPath
{
    private const string Interfaces = "/sys/class/net/";

    /// <summary>The interface that leads to the peer; null when the kernel's tables do not tell.</summary>
    public static string? InterfaceTo(ISystemCalls system, IPAddress local, IPAddress peer) =>
        // What this machine sends to itself takes the loopback interface, whatever card has the address.
        IPAddress.IsLoopback(peer) || peer.Equals(local) ? "lo"
        : peer.AddressFamily == AddressFamily.InterNetworkV6 ? WithIpv6Address(system.ReadText("/proc/net/if_inet6"), local)
        : ByRoute(system.ReadText("/proc/net/route"), peer);

    /// <summary>The interface exists.</summary>
    public static bool Exists(ISystemCalls system, string name) =>
        name.Length > 0 && !name.Contains('/') && system.List(Interfaces + name, out _) == 0;

    /// <summary>
    /// Numbers of the interrupts of the interface's device: its MSI vectors, else its pin. Virtio's are those of the function above.
    /// Source: Documentation/ABI/testing/sysfs-bus-pci (msi_irqs, irq).
    /// </summary>
    public static IReadOnlyList<string> InterruptsOf(ISystemCalls system, string name)
    {
        foreach (string folder in new[] { $"{Interfaces}{name}/device", $"{Interfaces}{name}/device/.." })
        {
            if (system.List(folder + "/msi_irqs", out IReadOnlyList<string> vectors) == 0 && vectors.Count > 0)
            {
                return vectors;
            }
        }

        return system.ReadNumber($"{Interfaces}{name}/device/irq") is { } pin and > 0 ? [pin.ToString(CultureInfo.InvariantCulture)] : [];
    }

    // Lines are name, destination, gateway, flags, RefCnt, use, metric, mask …; addresses in hexadecimal, bytes reversed.
    private static string? ByRoute(string? table, IPAddress peer)
    {
        uint address = BinaryPrimitives.ReadUInt32LittleEndian(peer.GetAddressBytes());
        string? found = null;
        (int Length, long Metric) best = (-1, 0);
        foreach (string line in (table ?? "").Split('\n').Skip(1))
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 8 || !TryHex(words[1], out uint destination) || !TryHex(words[3], out uint flags) || !TryHex(words[7], out uint mask)
                || !long.TryParse(words[6], NumberStyles.None, CultureInfo.InvariantCulture, out long metric)
                // RTF_UP, and not RTF_REJECT (linux/route.h).
                || (flags & 0x0201) != 0x0001 || (address & mask) != destination)
            {
                continue;
            }

            int length = System.Numerics.BitOperations.PopCount(mask);
            if (length > best.Length || (length == best.Length && metric < best.Metric))
            {
                (found, best) = (words[0], (length, metric));
            }
        }

        return found;
    }

    // Example: "fe80000000000000fc00fffe00000001 04 40 20 80     eth0".
    private static string? WithIpv6Address(string? table, IPAddress local) => (table ?? "").Split('\n')
        .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        .FirstOrDefault(words => words.Length == 6 && words[0].Equals(Convert.ToHexString(local.GetAddressBytes()), StringComparison.OrdinalIgnoreCase))?[5];

    private static bool TryHex(string text, out uint value) =>
        uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
