using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Cpu001Tests
{
    private static readonly Cpu001Governor _check = new();

    [Theory]
    [InlineData("performance", "acpi-cpufreq", null, Verdict.Pass)]
    [InlineData("powersave", "intel_pstate", "active", Verdict.Note)]
    [InlineData("powersave", "intel_cpufreq", "passive", Verdict.Warn)]
    [InlineData("powersave", "amd-pstate-epp", "active", Verdict.Note)]
    [InlineData("powersave", "acpi-cpufreq", null, Verdict.Warn)]
    [InlineData("powersave", null, null, Verdict.Unknown)]
    [InlineData("schedutil", "acpi-cpufreq", null, Verdict.Note)]
    public void What_a_governor_means_depends_on_the_driver(string governor, string? driver, string? status, Verdict expected)
    {
        HostModel model = Host(Core(0, governor, driver), Core(1, governor, driver));
        model = model with { Cpu = model.Cpu with { PstateStatus = status is null ? Models.Absent<string>() : Models.Known(status) } };
        Assert.Equal(expected, DeviceCase.One(_check, model).Verdict);
    }

    [Fact]
    public void A_governor_that_follows_the_load_warns_for_realtime() =>
        Assert.Equal(Verdict.Warn, Assert.Single(DeviceCase.Run(_check, Host(Core(0, "schedutil", "acpi-cpufreq")), Profile.Realtime)).Verdict);

    [Fact]
    public void Only_the_isolated_cpus_are_judged_where_there_are_any()
    {
        HostModel model = Host(Core(0, "powersave", "acpi-cpufreq"), Core(1, "performance", "acpi-cpufreq"));
        Assert.Equal(Verdict.Warn, DeviceCase.One(_check, model).Verdict);
        Assert.Equal(Verdict.Pass, DeviceCase.One(_check, model with { Cpu = model.Cpu with { Isolated = Models.Known(DeviceCase.Cpus("1")) } }).Verdict);
    }

    [Fact]
    public void Without_cpufreq_it_does_not_apply_and_says_why()
    {
        HostModel model = Host(Core(0, null, null)) with { IsVirtualMachine = true };
        Finding finding = DeviceCase.One(_check, model);
        Assert.Equal(Verdict.NotApplicable, finding.Verdict);
        Assert.Contains("virtual machine", finding.Message, StringComparison.Ordinal);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, model with { Source = SourceKind.Directory }).Verdict);
    }

    private static HostModel Host(params CpuCore[] cpus) => Models.Blank with { Cpu = Models.Blank.Cpu with { Cpus = cpus, Isolated = Models.Known(CpuSet.Empty) } };

    private static CpuCore Core(int number, string? governor, string? driver) => new(number, Models.None<long>(), Models.None<long>(), Models.None<CpuSet>(),
        governor is null ? Models.Absent<string>() : Models.Known(governor), driver is null ? Models.Absent<string>() : Models.Known(driver));
}
