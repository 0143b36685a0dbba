using System.Text.Json;
using Passthrough.Host.Iommu;
using Passthrough.Host.Pci;
using Passthrough.Host.Pci.Pasted;
using Xunit;

namespace Passthrough.Tests.Pci.Pasted;

/// <summary>Every captured listing against what its own README concludes.</summary>
public class PastedCaptureTests
{
    [SkippableFact]
    public void Captured_group_listings_are_understood()
    {
        Skip.If(Fixtures.Captures is null, "the captures are not beside this checkout");
        var share = new Share();
        foreach (string folder in Directory.GetDirectories(Path.Combine(Fixtures.Captures!, "iommu-groups")).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(folder);
            JsonElement truth = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "truth.json"))).RootElement;
            PastedListing listing = PastedListing.Parse(File.ReadAllText(Path.Combine(folder, "listing.txt")));
            share.Same(name + " groups", truth.GetProperty("group_count").GetInt32(), listing.Groups.Count);
            share.Same(name + " devices", truth.GetProperty("device_count").GetInt32(), listing.Devices.Count);
            foreach (JsonProperty entry in truth.GetProperty("groups").EnumerateObject())
            {
                IommuGroup? group = listing.Groups.FirstOrDefault(candidate => candidate.Id == entry.Name);
                share.Same(name + " group " + entry.Name, string.Join(' ', entry.Value.EnumerateArray()),
                    group is null ? "none" : string.Join(' ', group.Devices));
            }
        }

        share.AtLeast(0.97, 200);
    }

    [SkippableFact]
    public void Captured_lspci_texts_are_understood()
    {
        Skip.If(Fixtures.Captures is null, "the captures are not beside this checkout");
        var share = new Share();
        foreach (string folder in Directory.GetDirectories(Path.Combine(Fixtures.Captures!, "lspci")).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(folder);
            JsonElement truth = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "truth.json"))).RootElement;
            PastedListing listing = PastedListing.Parse(File.ReadAllText(Path.Combine(folder, "lspci.txt")));
            share.Same(name + " functions", truth.GetProperty("functions").GetInt32(), listing.Devices.Count);
            foreach (JsonElement address in truth.GetProperty("bdfs").EnumerateArray())
            {
                share.Same(name + " " + address, true, Find(listing, address.GetString()!) is not null);
            }

            JsonElement drivers = truth.GetProperty("driver_in_use");
            share.Same(name + " drivers", drivers.EnumerateObject().Count(), listing.Devices.Count(device => device.Driver.IsKnown));
            foreach (JsonProperty driver in drivers.EnumerateObject())
            {
                share.Same(name + " driver of " + driver.Name, driver.Value.GetString(), Find(listing, driver.Name)?.Driver.Or(null));
            }

            foreach ((string key, Func<PciCapabilities, bool?> pick) in (ReadOnlySpan<(string, Func<PciCapabilities, bool?>)>)[
                ("acs_caps", caps => caps.Acs), ("ats_caps", caps => caps.Ats), ("sriov_caps", caps => caps.Sriov),
                ("rebar_caps", caps => caps.ResizableBar), ("flr_supported", caps => caps.Flr)])
            {
                share.Same(name + " " + key, truth.GetProperty(key).GetInt32(), listing.Devices.Count(device => pick(device.Capabilities) == true));
            }
        }

        share.AtLeast(0.97, 400);
    }

    private static PciDevice? Find(PastedListing listing, string text) =>
        PciAddress.TryParse(text, out PciAddress address) ? listing.Devices.FirstOrDefault(device => device.Address == address) : null;
}
