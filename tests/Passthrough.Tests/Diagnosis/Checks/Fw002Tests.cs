using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Fw002Tests
{
    private static readonly Fw002TableParses _check = new();
    private static readonly HostModel _table = Models.Blank.Tables("FACP", "DMAR").DmarTable(1);

    private static HostModel Complaint(HostModel model, string level) => model with
    {
        Log = new KernelLog
        {
            Content = Reading.Of(model.Log(true).Log.Content.Value! with
            {
                Events = [new LogEvent { Line = 3, Kind = LogEventKind.FirmwareBug, Level = level, Text = "[Firmware Bug]: Your BIOS is broken; DMAR reported at address 0", CheckIds = ["FW-002"], Meaning = "test" }],
            }, "/dev/kmsg"),
        },
    };

    [Fact]
    public void A_sound_table_and_a_silent_log_pass() => Assert.Equal(Verdict.Pass, _check.Single(_table.Log(true)).Verdict);

    [Fact]
    public void A_table_that_does_not_add_up_warns() => Assert.Equal(Verdict.Warn, _check.Single(_table with
    {
        Acpi = _table.Acpi with { Dmar = Models.Known(_table.Acpi.Dmar.Value! with { Problems = ["A structure ends behind the table"] }) },
    }).Verdict);

    [Fact]
    public void The_kernels_complaint_warns() => Assert.Equal(Verdict.Warn, _check.Single(Complaint(_table, "Bug")).Verdict);

    [Fact]
    public void What_the_kernel_only_mentions_does_not() => Assert.Equal(Verdict.Pass, _check.Single(Complaint(_table, "Info")).Verdict);

    [Fact]
    public void Without_the_boots_log_it_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(_table).Verdict);

    [Fact]
    public void No_table_does_not_apply() => Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.Tables("FACP")).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
