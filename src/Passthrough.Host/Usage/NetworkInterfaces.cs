using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Usage;

/// <summary>
/// Follows network interfaces through bonds, bridges and VLANs (their <c>lower_…</c> links) down to PCI functions.
/// Source: Documentation/ABI/testing/sysfs-class-net and the adjacency links of net/core/dev.c.
/// </summary>
internal sealed class NetworkInterfaces(IEvidence evidence)
{
    private const string Folder = "/sys/class/net/";

    /// <summary>The interfaces' names.</summary>
    public IReadOnlyList<string> Names => evidence.List("/sys/class/net").Or([])!;

    /// <summary>The functions behind an interface; empty when sysfs tells none.</summary>
    public IReadOnlySet<PciAddress> Functions(string name)
    {
        var found = new SortedSet<PciAddress>();
        Collect(name, found, []);
        return found;
    }

    /// <summary>The function of an interface that is itself a device's.</summary>
    public PciAddress? Function(string name) =>
        evidence.Ask(Question.Link(Folder + name)) is { IsFound: true } link ? SysfsTarget.Function(link.Text) : null;

    /// <summary>Bonds, bridges and others that stand on this interface.</summary>
    public IEnumerable<string> UpperNames(string name) => evidence.List(Folder + name).Or([])!
        .Where(entry => entry.StartsWith("upper_", StringComparison.Ordinal))
        .Select(entry => entry[6..]);

    private void Collect(string name, SortedSet<PciAddress> found, HashSet<string> seen)
    {
        if (seen.Count > 1000 || !seen.Add(name))
        {
            return;
        }

        if (Function(name) is { } function)
        {
            found.Add(function);
            return;
        }

        foreach (string entry in evidence.List(Folder + name).Or([])!)
        {
            if (entry.StartsWith("lower_", StringComparison.Ordinal))
            {
                Collect(entry[6..], found, seen);
            }
        }
    }
}
