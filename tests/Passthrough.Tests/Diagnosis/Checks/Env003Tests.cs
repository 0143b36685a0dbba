using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Environment;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Env003Tests
{
    private static readonly Env003VirtualMachine _check = new();

    [Fact]
    public void Bare_metal_passes() => Assert.Equal(Verdict.Pass, _check.Single(Models.Blank.Cpu("GenuineIntel").Virtual(false)).Verdict);

    [Fact]
    public void A_guest_with_an_iommu_is_a_note_without_advice()
    {
        Finding finding = _check.Single(PlatformModels.HealthyIntel.Virtual());

        Assert.Equal(Verdict.Note, finding.Verdict);
        Assert.Empty(finding.Remedy);
    }

    [Fact]
    public void A_guest_without_one_is_told_to_get_one() =>
        Assert.Contains("virtio-iommu", Assert.Single(_check.Single(Models.Blank.Virtual().Units()).Remedy).Text, StringComparison.Ordinal);

    [Fact]
    public void Xen_keeps_the_iommu() => Assert.Contains("Xen",
        _check.Single(Models.Blank with { HypervisorType = Models.Known("xen", "/sys/hypervisor/type") }).Message, StringComparison.Ordinal);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
