using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.KernelBuild;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Krn001Tests
{
    private static readonly Krn001ConfigurationFound _check = new();

    [Fact]
    public void A_configuration_that_was_read_passes_and_names_its_file()
    {
        Finding finding = _check.Single(Models.Blank.Config("VFIO=m"));

        Assert.Equal(Verdict.Pass, finding.Verdict);
        Assert.Contains("/boot/config-6.12", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void None_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
