using System.Text.Json;
using Passthrough.Host.Guests;
using Xunit;

namespace Passthrough.Tests.Host.Guests;

public sealed class DomainCaptureTests
{
    [SkippableFact]
    public void Captured_definitions_are_read_as_their_truth_says()
    {
        Skip.If(Fixtures.Captures is null, "the captures are not beside the checkout");
        var score = new CaptureScore();
        foreach ((string folder, JsonElement truth) in CaptureScore.Cases("domain-xml"))
        {
            string name = Path.GetFileName(folder);
            GuestDefinition guest = DomainXmlParser.Parse(File.ReadAllText(Path.Combine(folder, "domain.xml")), name).Or(null) ?? new GuestDefinition { Name = "(not read)" };
            score.Check(name + " name", Text(truth.GetProperty("name")), guest.Name);
            score.Check(name + " machine", Text(truth.GetProperty("machine")), guest.Machine);
            score.Check(name + " vcpus", Text(truth.GetProperty("vcpu")), guest.Vcpus?.ToString(System.Globalization.CultureInfo.InvariantCulture));
            score.Check(name + " huge pages", truth.GetProperty("hugepages").GetBoolean(), guest.UsesHugePages);
            score.Check(name + " locked", truth.GetProperty("locked").GetBoolean(), guest.IsMemoryLocked);
            score.Check(name + " loader", Text(truth.GetProperty("loader")), guest.Loader);
            score.Check(name + " firmware", Text(truth.GetProperty("firmware")), guest.Firmware);
            score.Check(name + " ioapic", Text(truth.GetProperty("ioapic_driver")), guest.IoapicDriver);
            score.Check(name + " cpu", Text(truth.GetProperty("cpu_mode")), guest.Cpu.Mode);
            score.Check(name + " iothreads", truth.GetProperty("iothreadpin").GetInt32(), guest.IothreadPins.Count);
            score.Check(name + " pins", string.Join(' ', truth.GetProperty("vcpupin").EnumerateObject().Select(pin => $"{pin.Name}={pin.Value}")),
                string.Join(' ', guest.VcpuPins.Select(pin => $"{pin.Key}={pin.Value}")));
            score.Check(name + " emulator", truth.GetProperty("emulatorpin").EnumerateArray().Select(Text).FirstOrDefault(), guest.EmulatorPin);
            score.Check(name + " host devices", string.Join(' ', truth.GetProperty("pci_hostdevs").EnumerateArray().Select(device => $"{Text(device.GetProperty("bdf"))}={Text(device.GetProperty("managed"))}")),
                string.Join(' ', guest.HostDevices.Select(device => $"{device.Address}={device.Managed}")));
            score.Check(name + " iommu", truth.GetProperty("iommu_device").EnumerateArray().Select(iommu => Text(iommu.GetProperty("model"))).FirstOrDefault(), guest.Iommu?.Model);
        }

        score.AssertShare(0.99, 400);
    }

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.ToString();
}
