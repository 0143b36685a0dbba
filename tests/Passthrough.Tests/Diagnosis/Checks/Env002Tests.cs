using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Environment;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Env002Tests
{
    private static readonly Env002FirmwareVisible _check = new();

    private static HostModel NoTables => Models.Blank with
    {
        Acpi = Models.Blank.Acpi with { Names = Models.Absent<IReadOnlyList<string>>("/sys/firmware/acpi/tables") },
    };

    [Fact]
    public void With_facp_the_listing_is_real() => Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Tables("FACP", "DSDT").Container()).Verdict);

    [Fact]
    public void A_container_that_shows_the_tables_is_a_note() =>
        Assert.Equal(Verdict.Note, _check.Single(Models.Blank.Tables("FACP").Container("/.dockerenv")).Verdict);

    [Fact]
    public void A_container_that_hides_them_says_nothing_about_vtd()
    {
        Finding finding = _check.Single(NoTables.Container("/run/.containerenv"));

        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.Contains("nothing can be said about VT-d", finding.Message, StringComparison.Ordinal);
        Assert.Contains("/run/.containerenv", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listing_without_facp_is_masked() => Assert.Equal(Verdict.Warn, _check.Single(Models.Blank.Tables("SSDT")).Verdict);

    [Fact]
    public void An_empty_listing_is_masked() => Assert.Equal(Verdict.Warn, _check.Single(Models.Blank.Tables()).Verdict);

    [Fact]
    public void An_arm_machine_without_tables_has_a_device_tree() =>
        Assert.Equal(Verdict.NotApplicable, _check.Single(NoTables.Cpu("ARM")).Verdict);

    [Fact]
    public void No_tables_and_no_sign_of_why_is_unknown()
    {
        Assert.Equal(Verdict.Unknown, _check.Single(NoTables).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
    }
}
