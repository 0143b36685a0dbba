using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Iom004Tests
{
    private static readonly Iom004CauseLadder _check = new();

    // An Intel machine on which everything below the units is right.
    private static readonly HostModel _intel = Models.Blank.WithCpu("GenuineIntel", "vmx").WithTables("FACP", "DMAR").WithConfig("INTEL_IOMMU")
        .WithCommandLine("ro intel_iommu=on").WithLog(DeviceCase.Event(LogEventKind.IommuDetected, "DMAR: Intel(R) Virtualization Technology for Directed I/O"));

    private static HostModel Healthy(HostModel model) => model.WithUnits(DeviceCase.Unit("dmar0")).WithGroups(Models.Group("1", "0000:01:00.0"));

    [Fact]
    public void Every_rung_of_a_healthy_machine_holds()
    {
        Finding finding = DeviceCase.One(_check, Healthy(_intel));
        Assert.Equal(Verdict.Pass, finding.Verdict);
        Assert.DoesNotContain("not known", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_prove_the_rungs_below_that_could_not_be_read()
    {
        Finding finding = DeviceCase.One(_check, Healthy(Models.Blank));
        Assert.Equal(Verdict.Pass, finding.Verdict);
        Assert.Contains("the groups above prove it", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_distribution_kernel_needs_no_token()
    {
        HostModel model = Healthy(_intel.WithConfig("INTEL_IOMMU", "INTEL_IOMMU_DEFAULT_ON").WithCommandLine("ro quiet"));
        Assert.Equal(Verdict.Pass, DeviceCase.One(_check, model).Verdict);
    }

    [Theory]
    [InlineData("ro quiet", "no intel_iommu=on")]
    [InlineData("ro intel_iommu=off", "intel_iommu=off")]
    [InlineData("ro intel_iommu=on iommu=off", "iommu=off")]
    public void The_command_line_is_the_first_broken_rung(string line, string seen)
    {
        Finding finding = DeviceCase.One(_check, _intel.WithCommandLine(line).WithUnits().WithGroups());
        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.StartsWith("The first broken rung is command line", finding.Message, StringComparison.Ordinal);
        Assert.Contains(seen, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_table_is_broken_only_when_other_tables_are_seen()
    {
        HostModel off = Models.Blank.WithCpu("GenuineIntel", "vmx").WithUnits().WithGroups();
        Assert.StartsWith("The first broken rung is firmware table", DeviceCase.One(_check, off.WithTables("FACP", "APIC")).Message, StringComparison.Ordinal);

        // A container shows the folder without any table.
        Finding masked = DeviceCase.One(_check, off.WithTables());
        Assert.Equal(Verdict.Unknown, masked.Verdict);
        Assert.Contains("container", masked.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_unit_that_cannot_translate_breaks_the_drivers_start()
    {
        HostModel model = _intel.WithLog(DeviceCase.Event(LogEventKind.IommuTokenParsed, "DMAR: IOMMU enabled"),
            DeviceCase.Event(LogEventKind.TranslationUnsupported, "DMAR: dmar0: No supported address widths. Not attempting DMA translation.")).WithUnits().WithGroups();
        Assert.StartsWith("The first broken rung is driver start", DeviceCase.One(_check, model).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_rung_below_a_broken_one_leaves_the_cause_unknown()
    {
        Finding finding = DeviceCase.One(_check, _intel.WithTables("FACP", "DMAR").WithUnits().WithGroups() with { Log = Models.Blank.Log });
        Assert.Equal(Verdict.Unknown, finding.Verdict);
        Assert.Contains("The first rung seen broken is units", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_candidate_without_a_group_breaks_the_last_rung()
    {
        HostModel model = Healthy(_intel.With(DeviceCase.Device("0000:01:00.0", "nvme", group: "1"), DeviceCase.Device("0000:02:00.0", "nvme")));
        Assert.StartsWith("The first broken rung is device link", DeviceCase.One(_check, model, "0000:02:00.0").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_without_vmx_is_not_broken_at_the_cpu()
    {
        HostModel model = Healthy(_intel.WithCpu("GenuineIntel", "sse2"));
        Assert.Equal(Verdict.Pass, DeviceCase.One(_check, model with { IsVirtualMachine = true }).Verdict);
        Assert.StartsWith("The first broken rung is CPU", DeviceCase.One(_check, model with { IsVirtualMachine = false }).Message, StringComparison.Ordinal);
    }
}
