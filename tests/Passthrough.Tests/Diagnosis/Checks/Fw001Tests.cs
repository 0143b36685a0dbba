using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Fw001Tests
{
    private static readonly Fw001IommuTable _check = new();

    [Theory]
    [InlineData("DMAR", "GenuineIntel")]
    [InlineData("IVRS", "AuthenticAMD")]
    [InlineData("VIOT", "AuthenticAMD")]
    public void A_table_of_the_cpus_vendor_passes(string table, string vendor) =>
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Tables("FACP", table).Cpu(vendor)).Verdict);

    [Fact]
    public void Facp_without_any_table_fails_and_names_the_switch()
    {
        Finding finding = _check.Single(Models.Blank.Tables("FACP", "DSDT").Cpu("GenuineIntel").Virtual(false));

        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.Contains("Intel VT-d", Assert.Single(finding.Remedy).Text, StringComparison.Ordinal);
        Assert.Contains(finding.Evidence, item => item.Excerpt == "FACP DSDT");
    }

    [Fact]
    public void In_a_guest_the_hypervisor_is_the_one_to_ask() =>
        Assert.Contains("hypervisor gives this guest no IOMMU", _check.Single(Models.Blank.Tables("FACP").Virtual()).Message, StringComparison.Ordinal);

    [Fact]
    public void A_masked_listing_is_unknown_not_off()
    {
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Tables().Container("/.dockerenv").Cpu("GenuineIntel")).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Cpu("GenuineIntel", "vmx")).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
    }

    [Fact]
    public void A_registered_unit_is_proof_whatever_the_cpu_calls_itself() =>
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Tables("FACP", "DMAR").Cpu("AuthenticAMD", "svm").Units(PlatformModels.Dmar())).Verdict);

    [Fact]
    public void A_table_of_the_other_vendor_without_units_is_a_note_never_a_failure() =>
        Assert.Equal(Verdict.Note, _check.Single(Models.Blank.Tables("FACP", "DMAR").Cpu("AuthenticAMD", "svm").Units()).Verdict);

    [Fact]
    public void A_unit_without_a_table_is_proof_too() =>
        Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Tables("FACP").Units(PlatformModels.Dmar("virtio-iommu"))).Verdict);

    [Fact]
    public void An_iort_may_describe_interrupts_only() =>
        Assert.Equal(Verdict.Note, _check.Single(Models.Blank.Tables("FACP", "IORT").Cpu("ARM").Units()).Verdict);

    [Fact]
    public void What_would_change_the_verdict_makes_it_unknown()
    {
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Tables("FACP", "IORT").Cpu("ARM")).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Tables("FACP", "DMAR").Cpu("AuthenticAMD")).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Tables("FACP", "DMAR").Units()).Verdict);
    }

    [Fact]
    public void Xen_hides_the_table() => Assert.Equal(Verdict.Note, _check.Single(Models.Blank.Tables("FACP", "XMAR").Cpu("GenuineIntel")).Verdict);

    [Fact]
    public void Drhd_lines_of_the_log_show_a_table_where_the_listing_was_not_read()
    {
        HostModel model = Models.Blank.Cpu("GenuineIntel").Log(false);
        model = model with { Log = new() { Content = model.Log.Content with { Value = model.Log.Content.Value! with { Drhd = [0xfed90000] } } } };

        Assert.Equal(Verdict.Pass, _check.Single(model).Verdict);
    }

    [Fact]
    public void A_command_line_with_acpi_off_is_mentioned() =>
        Assert.Contains("acpi=off", _check.Single(Models.Blank.CommandLine("acpi=off")).Message, StringComparison.Ordinal);
}
