using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Iom001Tests
{
    private static readonly Iom001UnitsRegistered _check = new();

    [Fact]
    public void A_registered_unit_passes_and_is_named()
    {
        Finding finding = DeviceCase.One(_check, Models.Blank.WithUnits(DeviceCase.Unit("dmar0"), DeviceCase.Unit("dmar1")));
        Assert.Equal(Verdict.Pass, finding.Verdict);
        Assert.Contains("dmar0, dmar1", finding.Message, StringComparison.Ordinal);
        Assert.Equal("/sys/class/iommu", Assert.Single(finding.Evidence).Path);
    }

    [Fact]
    public void An_empty_folder_fails_although_it_exists()
    {
        Finding finding = DeviceCase.One(_check, Models.Blank.WithUnits());
        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.NotEmpty(finding.Remedy);
    }

    [Theory]
    [InlineData(SourceKind.Live, Verdict.Fail)]
    [InlineData(SourceKind.Bundle, Verdict.Fail)]
    [InlineData(SourceKind.Directory, Verdict.Unknown)]
    public void An_absent_folder_is_a_fact_except_in_a_captured_tree(SourceKind source, Verdict expected)
    {
        HostModel model = Models.Blank with { Source = source };
        model = model with { Iommu = model.Iommu with { Units = Models.Absent<IReadOnlyList<IommuUnit>>("/sys/class/iommu") } };
        Assert.Equal(expected, DeviceCase.One(_check, model).Verdict);
    }

    [Fact]
    public void A_guest_without_a_table_is_told_to_ask_its_hypervisor()
    {
        HostModel model = Models.Blank.WithUnits().WithTables("FACP", "APIC") with { IsVirtualMachine = true };
        Assert.Contains("hypervisor", DeviceCase.One(_check, model).Remedy[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Bare_metal_without_a_table_is_sent_to_the_firmware_setup()
    {
        HostModel model = Models.Blank.WithUnits().WithTables("FACP", "APIC") with { IsVirtualMachine = false };
        Assert.Contains("firmware setup", DeviceCase.One(_check, model).Remedy[0].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GenuineIntel", "DMAR", "intel_iommu=off", "intel_iommu=off")]
    [InlineData("GenuineIntel", "DMAR", "intel_iommu=on intel_iommu=off", "intel_iommu=off")]
    [InlineData("GenuineIntel", "DMAR", "iommu=pt,off", "iommu=off")]
    [InlineData("AuthenticAMD", "IVRS", "amd_iommu=off", "amd_iommu=off")]
    public void The_token_that_switches_it_off_is_named(string vendor, string table, string line, string token)
    {
        HostModel model = Models.Blank.WithUnits().WithTables("FACP", table).WithCpu(vendor).WithCommandLine(line);
        Assert.Contains(token, DeviceCase.One(_check, model).Remedy[0].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("intel_iommu=off intel_iommu=on")]
    [InlineData("amd_iommu=off")]
    [InlineData("intel_iommu=on,sm_off")]
    public void A_token_that_switches_nothing_off_here_is_not_blamed(string line)
    {
        HostModel model = Models.Blank.WithUnits().WithTables("FACP", "DMAR").WithCpu("GenuineIntel").WithCommandLine(line);
        Assert.DoesNotContain("Take", DeviceCase.One(_check, model).Remedy[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_amd_machine_is_never_told_to_add_amd_iommu_on()
    {
        HostModel model = Models.Blank.WithUnits().WithTables("FACP", "IVRS").WithCpu("AuthenticAMD");
        Assert.Contains("amd_iommu=on does not exist", DeviceCase.One(_check, model).Remedy[0].Text, StringComparison.Ordinal);
    }
}
