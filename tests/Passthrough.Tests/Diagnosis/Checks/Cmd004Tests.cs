using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd004Tests
{
    private static readonly Cmd004WrongVendor _check = new();

    [Theory]
    [InlineData("IVRS", "intel_iommu=on", Verdict.Note)]
    [InlineData("DMAR", "amd_iommu=pgtbl_v2", Verdict.Note)]
    [InlineData("DMAR", "intel_iommu=on", Verdict.NotApplicable)]
    [InlineData("IVRS", "amd_iommu=on", Verdict.NotApplicable)]
    [InlineData("DMAR", "quiet", Verdict.NotApplicable)]
    public void The_table_decides(string table, string token, Verdict expected) =>
        Assert.Equal(expected, _check.Single(Models.Blank.Tables("FACP", table).CommandLine(token)).Verdict);

    [Fact]
    public void Without_tables_it_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Cpu("AuthenticAMD").CommandLine("intel_iommu=on")).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
