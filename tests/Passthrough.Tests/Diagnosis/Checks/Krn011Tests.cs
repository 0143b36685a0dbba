using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.KernelBuild;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Krn011Tests
{
    private static readonly Krn011Taint _check = new();

    private static Finding Judge(long value) => _check.Single(Models.Blank with { Kernel = Models.Blank.Kernel with { Tainted = Models.Known(value) } });

    [Fact]
    public void An_untainted_kernel_passes() => Assert.Equal(Verdict.Pass, Judge(0).Verdict);

    [Theory]
    [InlineData(1L << 6, "U: user space")]
    [InlineData(1L << 11, "I: a defect of the firmware")]
    [InlineData((1L << 12) | (1L << 13), "O: an out-of-tree module was loaded; E: an unsigned module was loaded")]
    [InlineData(1L << 40, "bit 40")]
    [InlineData(-1L, "P: a proprietary")]
    public void Each_bit_is_explained(long value, string words)
    {
        Finding finding = Judge(value);
        Assert.Equal(Verdict.Note, finding.Verdict);
        Assert.Contains(words, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
