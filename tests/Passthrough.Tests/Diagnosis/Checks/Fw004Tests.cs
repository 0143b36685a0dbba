using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Host.Acpi;
using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Fw004Tests
{
    private static readonly Fw004InterruptRemappingFlag _check = new();

    [Fact]
    public void Flag_and_every_unit_pass() => Assert.Contains("every registered unit",
        _check.Single(Models.Blank.Tables("FACP", "DMAR").DmarTable(1).Units(PlatformModels.Dmar(), PlatformModels.Dmar("dmar1"))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_flag_alone_passes_and_says_no_more_than_it_knows() => Assert.Contains("was not read",
        _check.Single(Models.Blank.DmarTable(5)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void A_clear_flag_fails(byte flags) => Assert.Equal(Verdict.Fail, _check.Single(Models.Blank.DmarTable(flags)).Verdict);

    [Fact]
    public void One_weak_unit_fails_although_the_first_is_good()
    {
        Finding finding = _check.Single(Models.Blank.DmarTable(1).Units(PlatformModels.Dmar(), PlatformModels.Dmar("dmar1", 0xf42)));

        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.Contains("dmar1", finding.Message, StringComparison.Ordinal);
        Assert.Equal("f42", Assert.Single(finding.Evidence).Excerpt);
    }

    [Fact]
    public void In_a_guest_the_hypervisors_option_is_named() =>
        Assert.Contains("intremap=on", Assert.Single(_check.Single(Models.Blank.DmarTable(0).Virtual()).Remedy).Text, StringComparison.Ordinal);

    [Fact]
    public void A_table_only_root_may_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Tables("FACP", "DMAR") with
    {
        Acpi = Models.Blank.Tables("FACP", "DMAR").Acpi with { Dmar = Reading.Missing<DmarTable>(Outcome.Denied, "/sys/firmware/acpi/tables/DMAR") },
    }).Verdict);

    [Fact]
    public void Remapping_that_the_log_saw_enabled_proves_the_flag() => Assert.Equal(Verdict.Pass,
        _check.Single(Models.Blank.Log(false, (LogEventKind.InterruptRemappingOn, "DMAR-IR: Enabled IRQ remapping in x2apic mode"))).Verdict);

    [Fact]
    public void The_amd_line_does_not() => Assert.Equal(Verdict.Unknown,
        _check.Single(Models.Blank.Log(false, (LogEventKind.InterruptRemappingOn, "AMD-Vi: Interrupt remapping enabled"))).Verdict);

    [Theory]
    [InlineData("FACP")]
    [InlineData("FACP IVRS")]
    public void Without_a_dmar_table_it_does_not_apply(string tables) =>
        Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.Tables(tables.Split(' '))).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
