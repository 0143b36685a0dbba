using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd008Tests
{
    private static readonly Cmd008Duplicates _check = new();

    [Theory]
    [InlineData("vfio-pci.ids=10de:1b80 vfio_pci.ids=10de:10f0", Verdict.Warn)]
    [InlineData("vfio-pci.ids=10de:1b80 vfio-pci.ids=10de:1b80", Verdict.Note)]
    [InlineData("iommu.passthrough=0 iommu.passthrough=1", Verdict.Note)]
    [InlineData("kvm.ignore_msrs=0 kvm.ignore_msrs=1", Verdict.Note)]
    [InlineData("intel_iommu=on intel_iommu=sm_on", Verdict.NotApplicable)]
    [InlineData("hugepagesz=2M hugepages=4 hugepagesz=1G hugepages=2", Verdict.NotApplicable)]
    [InlineData("pci=noaer pci=realloc", Verdict.NotApplicable)]
    public void Each_parameter_has_its_own_rule(string line, Verdict expected) => Assert.Equal(expected, _check.Single(Models.Blank.CommandLine(line)).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
