using System.Text.RegularExpressions;
using Passthrough.Guests;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Guests;

public partial class LabCatalogTests
{
    // The rungs of the findings' cause in their machine-readable form.
    private static readonly string[] s_rungs =
    [
        "cpu", "firmware", "kernelBuild", "commandLine", "driverInit", "units", "interruptRemapping", "groups", "device", "driver", "guest",
    ];

    public static TheoryData<string> Machines => [.. LabCatalog.All.Select(machine => machine.Name)];

    [Fact]
    public void Names_are_unique_and_found()
    {
        Assert.Equal(LabCatalog.All.Count, LabCatalog.All.Select(machine => machine.Name).Distinct().Count());
        Assert.All(LabCatalog.All, machine => Assert.Same(machine, LabCatalog.Find(machine.Name)));
        Assert.Null(LabCatalog.Find("no-such-machine"));
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void A_machine_can_be_built_and_named(string name)
    {
        LabMachine machine = LabCatalog.Find(name)!;

        // hostname(7): letters, digits and dashes.
        Assert.Matches(HostName(), machine.Name);
        Assert.EndsWith(".", machine.Summary, StringComparison.Ordinal);
        Assert.Equal(0, machine.Cpus % machine.Nodes);
        Assert.Equal(0, machine.MemoryMebibytes % machine.Nodes);
        Assert.True(machine.Candidates.Count > 0 || machine.CheckArguments.StartsWith("--device", StringComparison.Ordinal));
        Assert.True(machine.Plant.Length == 0 || machine.Undo.Length > 0 || machine.Name == "dma-fault", "A planted fault can be taken back, except a line of the log.");
        Assert.All(machine.ExpectedFindings, id => Assert.NotNull(Passthrough.Diagnosis.Catalog.Find(id)));
        Assert.Contains(machine.ExpectedVerdict, (string[])["fail", "warn", "note"]);
        Assert.All(machine.Candidates, candidate => Assert.True(PciAddress.TryParse(candidate, out _), candidate));
        Assert.True(machine.ExpectedCause is null || s_rungs.Contains(machine.ExpectedCause), machine.ExpectedCause);
        Assert.Equal(machine.Iommu is LabIommu.None, machine.IommuOptions.Length == 0);
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Every_bus_a_device_names_is_one_that_was_made_before(string name)
    {
        var busses = new HashSet<string>(StringComparer.Ordinal) { "pcie.0" };
        foreach (LabDevice device in LabCatalog.Find(name)!.Devices)
        {
            if (Regex.Match(device.Options, "bus=([^,]+)") is { Success: true } bus)
            {
                Assert.Contains(bus.Groups[1].Value, busses);
            }

            if (Regex.Match(device.Options, "id=([^,]+)") is { Success: true } id)
            {
                Assert.True(busses.Add(id.Groups[1].Value), device.Options);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Root_ports_differ_in_chassis_and_slot(string name)
    {
        string[] ports = [.. LabCatalog.Find(name)!.Devices
            .Where(device => device.Options.StartsWith("pcie-root-port", StringComparison.Ordinal))
            .Select(device => Regex.Match(device.Options, "chassis=.*").Value)];

        Assert.Equal(ports.Length, ports.Distinct().Count());
    }

    [Fact]
    public void A_healthy_and_a_faulty_machine_differ_in_the_fault_alone()
    {
        LabMachine healthy = LabCatalog.Find("intel-healthy")!;
        LabMachine faulty = LabCatalog.Find("cmdline-off")!;

        Assert.Null(healthy.ExpectedCause);
        Assert.Equal(
            healthy,
            faulty with
            {
                Name = healthy.Name,
                Summary = healthy.Summary,
                KernelArguments = healthy.KernelArguments,
                ExpectedCause = null,
                ExpectedFindings = healthy.ExpectedFindings,
                ExpectedVerdict = healthy.ExpectedVerdict,
            });
    }

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex HostName();
}
