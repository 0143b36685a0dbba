using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Modules;
using Passthrough.Host.Evidence;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Mod002Tests
{
    private static readonly Mod002VfioNodes _check = new();
    private static readonly Reading<int> _absent = Models.Absent<int>("stat:/dev/x");

    [Fact]
    public void A_container_open_to_all_passes() => Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Nodes(Models.Known(0x1b6), _absent)).Verdict);

    [Fact]
    public void A_container_for_root_only_is_a_note_with_its_mode() =>
        Assert.Contains("mode 0600", _check.Single(Models.Blank.Nodes(Models.Known(0x180), _absent)).Message, StringComparison.Ordinal);

    [Fact]
    public void Dev_iommu_alone_passes() => Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Nodes(_absent, Models.Known(0x180))).Verdict);

    [Fact]
    public void Neither_while_vfio_is_not_loaded_is_a_warning() =>
        Assert.Equal(Verdict.Warn, _check.Single(Models.Blank.Nodes(_absent, _absent).Modules([], [], ["vfio"])).Verdict);

    [Fact]
    public void Neither_while_vfio_runs_fails() => Assert.Equal(Verdict.Fail, _check.Single(Models.Blank.Nodes(_absent, _absent).Modules(["vfio"], null, null)).Verdict);

    [Fact]
    public void Neither_in_a_container_says_nothing_about_the_host() =>
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Nodes(_absent, _absent).Modules(["vfio"], null, null).Container("/.dockerenv")).Verdict);

    [Fact]
    public void A_container_without_type_1_is_a_warning() => Assert.Equal(Verdict.Warn, _check.Single(Models.Blank.Nodes(Models.Known(0x1b6), _absent) with
    {
        Vfio = Models.Blank.Nodes(Models.Known(0x1b6), _absent).Vfio with { ContainerType1 = Models.Known(false) },
    }).Verdict);

    [Fact]
    public void One_absent_and_one_not_seen_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Nodes(_absent, Models.None<int>())).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
