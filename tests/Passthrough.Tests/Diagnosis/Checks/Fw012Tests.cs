using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.Firmware;
using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Fw012Tests
{
    private static readonly Fw012IoApics _check = new();

    private static HostModel Lines(string text) => Models.Blank.Tables("FACP", "IVRS") with
    {
        Log = new KernelLog { Content = Reading.Of(LogClassifier.Classify("[    0.0] Linux version 6.1\n" + text), "/dev/kmsg") },
    };

    [Theory]
    [InlineData("[    0.1] [Firmware Bug]: AMD-Vi: IOAPIC[5] not in IVRS table\n", Verdict.Warn)]
    [InlineData("[    0.1] AMD-Vi: [Firmware Bug]: : No southbridge IOAPIC found\n", Verdict.Warn)]
    [InlineData("[    0.1] AMD-Vi: Interrupt remapping enabled\n", Verdict.Pass)]
    public void The_kernels_own_words_count(string text, Verdict expected) => Assert.Equal(expected, _check.Single(Lines(text)).Verdict);

    [Fact]
    public void A_log_without_the_boot_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.Tables("FACP", "IVRS").Log(false)).Verdict);

    [Fact]
    public void No_table_does_not_apply() => Assert.Equal(Verdict.NotApplicable, _check.Single(Models.Blank.Tables("FACP").Log(true)).Verdict);

    [Fact]
    public void Nothing_read_is_unknown() => Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
}
