using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Modules;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Mod007Tests
{
    private static readonly Mod007OverridePersists _check = new();

    private static HostModel Machine(Reading<string> live, params (string Path, string Text)[] files)
    {
        HostModel model = Models.Blank.Devices(Cmd010Tests.Gpu("vfio-pci") with { DriverOverride = live });
        return model with
        {
            Kernel = model.Kernel with
            {
                Overrides = [.. files.Select(file => new ConfigurationFile(file.Path, Reading.Of<IReadOnlyList<string>>([file.Text], file.Path)))],
                UnreadOverrides = [],
            },
        };
    }

    [Fact]
    public void A_saved_override_that_is_set_passes() => Assert.Equal((Verdict.Pass, "0000:01:00.0"),
        (_check.Single(Machine(Models.Known("vfio-pci"), ("/etc/driverctl.d/0000:01:00.0", "vfio-pci"))) is var finding ? (finding.Verdict, finding.Subject) : default));

    [Fact]
    public void An_override_for_a_function_that_is_gone_warns() => Assert.Contains(
        _check.Run(Machine(Models.Absent<string>(), ("/etc/driverctl.d/0000:02:00.0", "vfio-pci"))),
        finding => finding.Verdict == Verdict.Warn && finding.Subject == "0000:02:00.0");

    [Fact]
    public void A_saved_override_that_is_not_set_warns() => Assert.Equal(Verdict.Warn,
        _check.Single(Machine(Models.Absent<string>(), ("/etc/driverctl.d/0000:01:00.0", "vfio-pci"))).Verdict);

    [Fact]
    public void What_contradicts_itself_is_unknown()
    {
        Assert.Equal(Verdict.Unknown, _check.Single(Machine(Models.Known("nouveau"), ("/etc/driverctl.d/0000:01:00.0", "vfio-pci"))).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Machine(Models.Known("vfio-pci"), ("/etc/driverctl.d/0000:01:00.0", "garbage"))).Verdict);
    }

    [Fact]
    public void A_live_override_that_nothing_saves_is_a_note()
    {
        Assert.Contains("goes away", _check.Single(Machine(Models.Known("vfio-pci"))).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("goes away", _check.Single(Machine(Models.Known("vfio-pci"),
            ("/etc/udev/rules.d/vfio.rules", "SUBSYSTEM==\"pci\", KERNEL==\"0000:01:00.0\", ATTR{driver_override}=\"vfio-pci\""))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_not_seen_is_unknown()
    {
        Assert.Equal(Verdict.Unknown, _check.Single(Machine(Models.None<string>())).Verdict);
        HostModel model = Machine(Models.Known("vfio-pci"));
        Assert.Equal(Verdict.Unknown, _check.Single(model with { Kernel = model.Kernel with { UnreadOverrides = [Reading.Missing<string>(Outcome.Denied, "/etc/driverctl.d")] } }).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
    }
}
