using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Modules;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Mod008Tests
{
    private static readonly Mod008Type1Parameters _check = new();

    private static HostModel Parameters(string? unsafeInterrupts, string? entries, string? noHugePages)
    {
        HostModel model = Models.Blank.Modules(["vfio_iommu_type1"], null, null);
        return model with
        {
            Kernel = model.Kernel with
            {
                Modules = model.Kernel.Modules with
                {
                    Parameters = new Dictionary<string, Reading<string>>
                    {
                        ["vfio_iommu_type1/allow_unsafe_interrupts"] = Value(unsafeInterrupts),
                        ["vfio_iommu_type1/dma_entry_limit"] = Value(entries),
                        ["vfio_iommu_type1/disable_hugepages"] = Value(noHugePages),
                    },
                },
            },
        };
    }

    private static Reading<string> Value(string? text) => text is null ? Models.Absent<string>() : Models.Known(text);

    [Theory]
    [InlineData("N", "65535", "N", Verdict.Pass)]
    [InlineData("N", "4294967295", "N", Verdict.Pass)]
    [InlineData("N", null, "N", Verdict.Pass)]
    [InlineData("Y", "65535", "N", Verdict.Warn)]
    [InlineData("N", "65534", "N", Verdict.Warn)]
    [InlineData("N", "65535", "Y", Verdict.Warn)]
    [InlineData("Y", null, null, Verdict.Warn)]
    [InlineData(null, "65535", "N", Verdict.Unknown)]
    [InlineData("N", "garbage", "N", Verdict.Unknown)]
    public void Each_parameter_counts(string? unsafeInterrupts, string? entries, string? noHugePages, Verdict expected) =>
        Assert.Equal(expected, _check.Single(Parameters(unsafeInterrupts, entries, noHugePages)).Verdict);

    [Fact]
    public void Every_fault_is_named()
    {
        string message = _check.Single(Parameters("Y", "100", "Y")).Message;

        Assert.Contains("allow_unsafe_interrupts", message, StringComparison.Ordinal);
        Assert.Contains("dma_entry_limit is 100", message, StringComparison.Ordinal);
        Assert.Contains("disable_hugepages", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_that_is_not_loaded_has_no_parameters() =>
        Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.Modules([], [], ["vfio_iommu_type1"])).Verdict);

    [Fact]
    public void A_loaded_module_whose_parameters_were_not_read_is_unknown() =>
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Modules(["vfio_iommu_type1"], null, null)).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
