using System.Globalization;
using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Host.Usage;

/// <summary>VFIO, iommufd and KVM nodes. Sources: Documentation/driver-api/vfio.rst, Documentation/virt/kvm/api.rst.</summary>
public static class VfioReader
{
    private const string Folder = "/dev/vfio";
    private const string Container = "/dev/vfio/vfio";

    /// <summary>Reads the VFIO nodes.</summary>
    public static VfioState Read(IEvidence evidence)
    {
        Reading<IReadOnlyList<string>> nodes = evidence.List(Folder);
        return new VfioState
        {
            Nodes = nodes,
            ContainerMode = Mode(evidence, Container),
            ContainerType1 = QueryContent.Ask<bool>(evidence, Queries.VfioContainer, "type1v2", static (string text, out bool value) =>
            {
                value = text is not "0";
                return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
            }),
            IommufdMode = Mode(evidence, "/dev/iommu"),
            Cdevs = evidence.List(Folder + "/devices"),
            GroupNodeModes = nodes.Or([])!
                .Where(IsGroupNode)
                .ToDictionary(name => name, name => Mode(evidence, $"{Folder}/{name}"), StringComparer.Ordinal),
        };
    }

    /// <summary>The same, with the character devices of the functions that VFIO serves.</summary>
    public static VfioState Read(IEvidence evidence, PciInventory pci)
    {
        var numbers = new Dictionary<PciAddress, Reading<string>>();
        foreach (PciDevice device in pci.All.Where(device => device.HasVfioFolder is { IsKnown: true, Value: true }))
        {
            string folder = device.Path + "/vfio-dev";
            Reading<IReadOnlyList<string>> names = evidence.List(folder);
            string? name = names.Or([])!.FirstOrDefault(item => item.StartsWith("vfio", StringComparison.Ordinal));
            numbers[device.Address] = name is not null ? evidence.ReadText($"{folder}/{name}/dev")
                : Reading.Missing<string>(names.IsKnown ? Outcome.NotRecorded : names.Outcome, folder, names.Why);
        }

        return Read(evidence) with { CdevNumbers = numbers };
    }

    /// <summary>Opens /dev/kvm and asks it.</summary>
    public static KvmState ReadKvm(IEvidence evidence) =>
        new(QueryContent.Ask<int>(evidence, Queries.Kvm, "api", QueryContent.Number), Mode(evidence, "/dev/kvm"));

    /// <summary>True for a group node: a number, or <c>noiommu-N</c> of a group without an IOMMU.</summary>
    internal static bool IsGroupNode(string name)
    {
        ReadOnlySpan<char> number = name.StartsWith("noiommu-", StringComparison.Ordinal) ? name.AsSpan(8) : name;
        return uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }

    private static Reading<int> Mode(IEvidence evidence, string path) =>
        QueryContent.Ask<int>(evidence, Queries.StatPrefix + path, "mode", QueryContent.Octal);
}
