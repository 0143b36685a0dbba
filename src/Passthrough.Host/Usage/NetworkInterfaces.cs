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

    /// <summary>The functions behind an interface, and what on the way down was not told; null when all of it was.</summary>
    public (IReadOnlySet<PciAddress> Functions, string? Unseen) Trace(string name)
    {
        var found = new SortedSet<PciAddress>();
        string? unseen = null;
        Collect(name, found, [], ref unseen);
        return (found, unseen);
    }

    /// <summary>The function of an interface that is itself a device's.</summary>
    public PciAddress? Function(string name) =>
        evidence.Ask(Question.Link(Folder + name)) is { IsFound: true } link ? SysfsTarget.Function(link.Text) : null;

    /// <summary>Bonds, bridges and others that stand on this interface.</summary>
    public IEnumerable<string> UpperNames(string name) => evidence.List(Folder + name).Or([])!
        .Where(entry => entry.StartsWith("upper_", StringComparison.Ordinal))
        .Select(entry => entry[6..]);

    private void Collect(string name, SortedSet<PciAddress> found, HashSet<string> seen, ref string? unseen)
    {
        if (seen.Count > 1000 || !seen.Add(name))
        {
            return;
        }

        Answer link = evidence.Ask(Question.Link(Folder + name));
        if (link.IsFound && SysfsTarget.Function(link.Text) is { } function)
        {
            found.Add(function);
            return;
        }

        Reading<IReadOnlyList<string>> entries = evidence.List(Folder + name);
        if (!link.IsFound || !entries.IsKnown)
        {
            unseen ??= $"{Folder}{name} could not be followed";
            return;
        }

        int before = found.Count;
        foreach (string entry in entries.Value!)
        {
            if (entry.StartsWith("lower_", StringComparison.Ordinal))
            {
                Collect(entry[6..], found, seen, ref unseen);
            }
        }

        if (found.Count == before && link.Text.Contains("/virtual/", StringComparison.Ordinal))
        {
            unseen ??= $"{name} is a virtual interface, and sysfs tells no PCI function behind it";
        }
    }
}
