using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public sealed class Iom003Tests
{
    private static readonly Iom003CandidatesInGroups _check = new();

    [Fact]
    public void A_candidate_with_a_group_passes() =>
        Assert.Equal(Verdict.Pass, DeviceCase.One(_check, Models.Blank.With(DeviceCase.Device("0000:01:00.0", "vfio-pci", group: "7")), "0000:01:00.0").Verdict);

    [Fact]
    public void A_candidate_without_a_group_fails_when_others_have_one()
    {
        HostModel model = Models.Blank.With(DeviceCase.Device("0000:01:00.0", "nvme"), DeviceCase.Device("0000:02:00.0", "nvme", group: "7"));
        Finding finding = DeviceCase.One(_check, model with { Source = SourceKind.Directory }, "0000:01:00.0");
        Assert.Equal(Verdict.Fail, finding.Verdict);
        Assert.Contains("though other functions are", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_function_has_a_group_a_captured_tree_proves_nothing()
    {
        HostModel model = Models.Blank.With(DeviceCase.Device("0000:01:00.0", "nvme"));
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, model, "0000:01:00.0").Verdict);
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, model with { Source = SourceKind.Directory }, "0000:01:00.0").Verdict);
    }

    [Fact]
    public void A_noiommu_group_fails()
    {
        HostModel model = Models.Blank.With(DeviceCase.Device("0000:01:00.0", "vfio-pci", group: "0")).WithGroups(DeviceCase.NoIommu("0", "0000:01:00.0"));
        Assert.Equal(Verdict.Fail, DeviceCase.One(_check, model, "0000:01:00.0").Verdict);
    }

    [Fact]
    public void With_virtio_iommu_a_driverless_function_may_get_its_group_later()
    {
        HostModel model = Models.Blank.With(DeviceCase.Device("0000:01:00.0"), DeviceCase.Device("0000:02:00.0", "nvme", group: "7")).WithUnits(DeviceCase.Unit("virtio0"));
        Assert.Equal(Verdict.Unknown, DeviceCase.One(_check, model, "0000:01:00.0").Verdict);
    }

    [Fact]
    public void Without_candidates_it_is_a_note() =>
        Assert.Equal(Verdict.Note, DeviceCase.One(_check, Models.Blank.With(DeviceCase.Device("0000:01:00.0", "nvme"))).Verdict);
}
