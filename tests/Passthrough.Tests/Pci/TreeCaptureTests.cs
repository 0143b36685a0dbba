using System.Globalization;
using System.Text.Json;
using Passthrough.Host.Iommu;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Pci;

/// <summary>Functions, classes, drivers, groups and capabilities of every captured tree and machine, against an independent reading.</summary>
public class TreeCaptureTests
{
    [SkippableFact]
    public void Captured_trees_are_read_as_an_independent_reader_reads_them()
    {
        Skip.If(Fixtures.Captures is null, "the captures are not beside this checkout");
        var share = new Share();
        foreach (string folder in Directory.GetDirectories(Path.Combine(Fixtures.Captures!, "trees")).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(folder);
            JsonElement truth = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "truth.json"))).RootElement;
            TreeEvidence tree = TreeEvidence.Load(Path.Combine(folder, "root.tar.gz"));
            PciInventory pci = PciReader.Read(tree);
            share.Same(name + " functions", truth.GetProperty("pci_functions").GetInt32(), pci.All.Count);
            CompareClasses(share, name, truth, pci);
            CompareDrivers(share, name, truth, pci);
            CompareNodes(share, name, truth, pci);
            CompareCapabilities(share, name, truth, pci);
            CompareSriov(share, name, truth, pci);

            // A group folder whose name was lost names no group; the capture's README says so.
            IommuState iommu = IommuReader.Read(tree, pci);
            CompareGroups(share, name, truth.GetProperty("iommu_group_members"), iommu);
        }

        share.AtLeast(0.99, 500);
    }

    [SkippableFact]
    public void Captured_machines_keep_their_functions_and_groups()
    {
        Skip.If(Fixtures.Captures is null, "the captures are not beside this checkout");
        var share = new Share();
        foreach (string folder in Directory.GetDirectories(Path.Combine(Fixtures.Captures!, "machines")).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(folder);
            JsonElement truth = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "truth.json"))).RootElement;
            if (truth.TryGetProperty("strict_counts", out JsonElement strict) && !strict.GetBoolean())
            {
                continue;
            }

            TreeEvidence tree = TreeEvidence.Load(Path.Combine(folder, "root.tar.gz"));
            PciInventory pci = PciReader.Read(tree);
            IommuState iommu = IommuReader.Read(tree, pci);
            share.Same(name + " functions", truth.GetProperty("pci_enumerated").GetInt32(), pci.All.Count);
            share.Same(name + " groups", truth.GetProperty("group_count").GetInt32(), iommu.Groups.Count);
            CompareGroups(share, name, truth.GetProperty("groups"), iommu);
        }

        share.AtLeast(0.99, 300);
    }

    private static void CompareClasses(Share share, string name, JsonElement truth, PciInventory pci)
    {
        Dictionary<string, int> classes = pci.All
            .GroupBy(device => device.Class is { } code ? "0x" + code.ToString("x4", CultureInfo.InvariantCulture) : "dangling-link")
            .ToDictionary(group => group.Key, group => group.Count());
        foreach (JsonProperty entry in truth.GetProperty("pci_by_class").EnumerateObject())
        {
            share.Same(name + " class " + entry.Name, entry.Value.GetInt32(), classes.GetValueOrDefault(entry.Name));
        }
    }

    private static void CompareDrivers(Share share, string name, JsonElement truth, PciInventory pci)
    {
        JsonElement drivers = truth.GetProperty("drivers");
        foreach (JsonProperty entry in drivers.EnumerateObject())
        {
            Assert.True(PciAddress.TryParse(entry.Name, out PciAddress address));
            share.Same(name + " driver of " + entry.Name, entry.Value.GetString(), pci.Find(address)?.Driver.Or(null));
        }

        share.Same(name + " drivers", drivers.EnumerateObject().Count(), pci.All.Count(device => device.Driver.IsKnown));
    }

    private static void CompareNodes(Share share, string name, JsonElement truth, PciInventory pci)
    {
        foreach (JsonProperty entry in truth.GetProperty("pci_numa_node").EnumerateObject())
        {
            long node = long.Parse(entry.Name, CultureInfo.InvariantCulture);
            share.Same(name + " on node " + entry.Name, entry.Value.GetInt32(),
                pci.All.Count(device => device.NumaNode.IsKnown && device.NumaNode.Value == node));
        }
    }

    private static void CompareCapabilities(Share share, string name, JsonElement truth, PciInventory pci)
    {
        foreach (JsonProperty entry in truth.GetProperty("config_sizes").EnumerateObject())
        {
            share.Same(name + " config of " + entry.Name, entry.Value.GetInt32(),
                pci.All.Count(device => device.Config.IsKnown && device.Config.Value!.Length.ToString(CultureInfo.InvariantCulture) == entry.Name));
        }

        if (!truth.TryGetProperty("lspci_vv", out JsonElement counts))
        {
            return;
        }

        foreach ((string key, Func<PciCapabilities, bool?> pick) in (ReadOnlySpan<(string, Func<PciCapabilities, bool?>)>)[
            ("acs", caps => caps.Acs), ("ats", caps => caps.Ats), ("sriov", caps => caps.Sriov), ("flr", caps => caps.Flr),
            ("msi", caps => caps.Msi), ("msix", caps => caps.MsiX), ("pcie_cap", caps => caps.Express)])
        {
            share.Same(name + " " + key, counts.GetProperty(key).GetInt32(), pci.All.Count(device => pick(device.Capabilities) == true));
        }
    }

    private static void CompareSriov(Share share, string name, JsonElement truth, PciInventory pci)
    {
        foreach (JsonProperty entry in truth.GetProperty("sriov").EnumerateObject())
        {
            Assert.True(PciAddress.TryParse(entry.Name, out PciAddress address));
            PciSriov? sriov = pci.Find(address)?.Sriov;
            share.Same(name + " VFs of " + entry.Name, string.Join('/', entry.Value.EnumerateArray()),
                sriov is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{sriov.Total.Value}/{sriov.Configured.Value}"));
        }
    }

    private static void CompareGroups(Share share, string name, JsonElement groups, IommuState iommu)
    {
        foreach (JsonProperty entry in groups.EnumerateObject())
        {
            if (entry.Name.Contains('(', StringComparison.Ordinal) || entry.Name == "dangling-link")
            {
                continue;
            }

            IommuGroup? group = iommu.Groups.FirstOrDefault(candidate => candidate.Id == entry.Name);
            share.Same(name + " group " + entry.Name, string.Join(' ', entry.Value.EnumerateArray().Select(member => member.GetString()).Order(StringComparer.Ordinal)),
                group is null ? "none" : string.Join(' ', group.Devices.Select(member => member.ToString()).Order(StringComparer.Ordinal)));
        }
    }
}
