using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Environment;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Env006Tests
{
    private static readonly Env006RunningKernelModules _check = new();

    private static HostModel Machine(bool? isVirtual, Reading<IReadOnlySet<string>> loadable, params string[] releases) => Models.Blank with
    {
        IsVirtualMachine = isVirtual,
        Kernel = Models.Blank.Kernel with
        {
            Release = Models.Known("6.1.0"),
            Modules = Models.Blank.Kernel.Modules with { Loadable = loadable, Releases = Models.Known<IReadOnlyList<string>>(releases, "/lib/modules") },
        },
    };

    private static readonly Reading<IReadOnlySet<string>> _gone = Models.Absent<IReadOnlySet<string>>("/lib/modules/6.1.0/modules.dep");

    [Fact]
    public void The_running_release_among_the_folders_passes() => Assert.Equal(Verdict.Pass, _check.Single(Machine(false, _gone, "6.1.0", "6.2.0")).Verdict);

    [Fact]
    public void Modules_that_an_upgrade_removed_warn() => Assert.Equal(Verdict.Warn, _check.Single(Machine(false, _gone, "6.2.0")).Verdict);

    [Fact]
    public void A_guest_with_a_kernel_from_outside_is_normal()
    {
        Assert.Equal(Verdict.Note, _check.Single(Machine(true, _gone, "6.2.0")).Verdict);
        Assert.Equal(Verdict.Note, _check.Single(Machine(true, _gone)).Verdict);
        Assert.Equal(Verdict.Note, _check.Single(Machine(null, _gone)).Verdict);
    }

    [Fact]
    public void What_was_not_seen_is_unknown()
    {
        Assert.Equal(Verdict.Unknown, _check.Single(Machine(null, _gone, "6.2.0")).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Machine(false, Models.None<IReadOnlySet<string>>(), "6.2.0")).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Machine(false, _gone, "6.2.0") with { Source = SourceKind.Directory }).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
    }
}
