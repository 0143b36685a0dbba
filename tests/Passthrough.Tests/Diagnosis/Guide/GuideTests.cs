using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Guide;
using Passthrough.Tests.Cli;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Guide;

public class GuideTests
{
    [Fact]
    public void Each_of_the_thirty_four_errors_is_answered_once()
    {
        Assert.Equal(Enumerable.Range(1, 34), GuideErrors.All.Select(error => error.Number).Order());
        Assert.All(GuideErrors.All, error =>
        {
            Assert.EndsWith(".", error.Truth, StringComparison.Ordinal);
            Assert.EndsWith(".", error.Instead, StringComparison.Ordinal);
            Assert.NotEmpty(error.CheckIds);
            Assert.All(error.CheckIds, id => Assert.True(ReservedIds.Titles.ContainsKey(id), id));
        });
    }

    [Theory]
    [InlineData(1, "amd_iommu=on", "AMD-Vi: Unknown option - 'on'")]
    [InlineData(2, "iommu=1", "passed over")]
    [InlineData(3, "DMAR: IOMMU enabled", "parsed")]
    [InlineData(4, "dmar0/performance", "dmar_perf_latency")]
    [InlineData(6, "iommu=pt", "identity")]
    [InlineData(11, "vfio_virqfd", "6.2")]
    [InlineData(13, "pcie_acs_override", "stock kernel")]
    [InlineData(16, "HugePages_Free", "default size")]
    [InlineData(31, "mem_profile", "does not exist")]
    [InlineData(32, "rps_cpus", "CPU 3")]
    public void The_answer_names_the_point(int number, string claim, string truth)
    {
        GuideError error = GuideErrors.All.Single(item => item.Number == number);
        Assert.Contains(claim, error.Claim, StringComparison.Ordinal);
        Assert.Contains(truth, error.Truth, StringComparison.Ordinal);
    }

    [Fact]
    public void A_word_filters()
    {
        Assert.Contains(GuideErrors.Find("VFIO_VIRQFD"), error => error.Number == 11);
        Assert.Empty(GuideErrors.Find("no guide says this"));
        Assert.Equal(34, GuideErrors.Find(" ").Count);
    }

    [Fact]
    public void The_command_line_prints_it()
    {
        (int code, string output, _) = Ptdiag.Run("explain", "guide", "virqfd");
        Assert.Equal(0, code);
        Assert.Contains("Instead:", output, StringComparison.Ordinal);
        Assert.DoesNotContain("rps_cpus", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reserved_id_says_that_it_is_not_judged()
    {
        string id = ReservedIds.Titles.Keys.First(key => Catalog.Find(key) is null);
        (int code, string output, _) = Ptdiag.Run("explain", id);
        Assert.Equal(0, code);
        Assert.Contains("reserved, not judged by this version", output, StringComparison.Ordinal);
        Assert.Equal(2, Ptdiag.Run("explain", "XYZ-999").ExitCode);
    }
}
