using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Dev004Tests
{
    private static readonly Dev004Power _check = new();

    [Theory]
    [InlineData("D0", "active", Verdict.Pass)]
    [InlineData("D3hot", "suspended", Verdict.Pass)]
    [InlineData("D3cold", "suspended", Verdict.Warn)]
    [InlineData("unknown", "active", Verdict.Pass)]
    [InlineData("unknown", "suspended", Verdict.Unknown)]
    [InlineData(null, "active", Verdict.Pass)]
    [InlineData(null, null, Verdict.Unknown)]
    public void The_power_state_is_judged(string? state, string? runtime, Verdict expected) =>
        Assert.Equal(expected, DeviceCase.One(_check, Models.Blank.WithLog().With(Of(state, runtime)), "0000:01:00.0").Verdict);

    [Fact]
    public void All_ones_fail_in_D0_and_are_expected_in_D3cold()
    {
        Reading<PciConfigSpace> dead = Models.Known(new PciConfigSpace(Enumerable.Repeat((byte)0xff, 64).ToArray()));
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, Models.Blank.WithLog().With(Of("D0", "active") with { Config = dead }), "0000:01:00.0").Verdict);
        Assert.Equal(Verdict.Warn, DeviceCase.One(_check, Models.Blank.WithLog().With(Of("D3cold", "suspended") with { Config = dead }), "0000:01:00.0").Verdict);
    }

    [Theory]
    [InlineData("0000:01:00.0", Verdict.Fail)]
    [InlineData("0000:02:00.0", Verdict.Pass)]
    public void The_log_counts_for_the_function_it_names(string device, Verdict expected)
    {
        HostModel model = Models.Blank.WithLog().With(Of("D0", "active"))
            .WithLog(DeviceCase.Event(LogEventKind.PowerProblem, "Unable to change power state from D3cold to D0, device inaccessible", device));
        Assert.Equal(expected, DeviceCase.One(_check, model, "0000:01:00.0").Verdict);
    }

    [Fact]
    public void What_could_hide_a_dead_function_makes_it_unknown()
    {
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Models.Blank.With(Of("D0", "active")), "0000:01:00.0").Verdict);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, Models.Blank.WithLog().With(Of("D0", "active") with { Config = Models.None<PciConfigSpace>() }), "0000:01:00.0").Verdict);
    }

    private static PciDevice Of(string? state, string? runtime) => DeviceCase.Device("0000:01:00.0", "vfio-pci") with
    {
        PowerState = state is null ? Models.Absent<string>() : Models.Known(state),
        Config = Models.Known(new PciConfigSpace(new byte[64])),
        RuntimeStatus = runtime is null ? Models.None<string>() : Models.Known(runtime),
    };
}
