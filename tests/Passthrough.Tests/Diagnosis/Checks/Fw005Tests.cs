using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Fw005Tests
{
    private static readonly Fw005X2ApicOptOut _check = new();

    private static HostModel Machine(byte flags, int processors)
    {
        HostModel model = Models.Blank.Tables("FACP", "DMAR").DmarTable(flags);
        return model with { Cpu = model.Cpu with { Processors = Models.Known(processors) } };
    }

    [Theory]
    [InlineData(1, 512, Verdict.Pass)]
    [InlineData(3, 64, Verdict.Note)]
    [InlineData(3, 255, Verdict.Warn)]
    public void The_request_costs_only_large_machines(byte flags, int processors, Verdict expected) => Assert.Equal(expected, _check.Single(Machine(flags, processors)).Verdict);

    [Fact]
    public void The_logs_line_is_a_request_and_no_error() => Assert.Equal(Verdict.Note,
        _check.Single(Machine(1, 8).Log(false, (LogEventKind.X2Apic, "DMAR-IR: x2apic is disabled because BIOS sets x2apic opt out bit."))).Verdict);

    [Fact]
    public void What_was_not_seen_is_unknown()
    {
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Tables("FACP", "DMAR").DmarTable(3)).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
    }

    [Fact]
    public void No_dmar_table_does_not_apply() => Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.Tables("FACP", "IVRS")).Verdict);
}
