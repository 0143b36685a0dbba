using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Tests.Evidence;
using Xunit;

namespace Passthrough.Tests.Model;

public class GapFinderTests
{
    private static IReadOnlyList<Gap> Find(ScriptedEvidence script, params Question[] questions)
    {
        var recorder = new Recorder(script);
        foreach (Question question in questions)
        {
            _ = recorder.Ask(question);
        }

        return GapFinder.Find(recorder);
    }

    [Fact]
    public void Plain_absence_is_no_gap_and_hidden_firmware_tables_are()
    {
        Gap gap = Assert.Single(Find(new ScriptedEvidence(), Question.Read("/sys/x/numa_node"), Question.List("/sys/firmware/acpi/tables"),
            Question.List("/sys/class/iommu")));
        Assert.Equal(new Gap("/sys/firmware/acpi/tables", Outcome.Absent, "it does not exist: firmware tables cannot be seen"), gap);
    }

    [Fact]
    public void Refused_failed_and_withheld_are_always_gaps()
    {
        var script = new ScriptedEvidence()
            .With(Question.Read("/a"), Answer.Denied).With(Question.Read("/b"), Answer.Failed("EIO")).With(Question.Read("/c"), Answer.Withheld("asleep"));
        Assert.Equal(
            [
                new Gap("/a", Outcome.Denied, "permission was refused"), new Gap("/b", Outcome.Failed, "the read failed (EIO)"),
                new Gap("/c", Outcome.Withheld, "asleep"),
            ],
            Find(script, Question.Read("/c"), Question.Read("/b"), Question.Read("/a")));
    }

    [Fact]
    public void Two_hundred_withheld_files_are_one_gap()
    {
        var script = new ScriptedEvidence { Otherwise = Answer.Withheld("device is suspended") };
        Gap gap = Assert.Single(Find(script,
            [.. Enumerable.Range(0, 200).Select(bus => Question.Read($"/sys/bus/pci/devices/0000:{bus:x2}:00.0/config"))]));
        Assert.Equal(new Gap("/sys/bus/pci/devices/*/config", Outcome.Withheld, "device is suspended (200 paths)"), gap);
    }

    [Fact]
    public void A_bundle_tells_only_the_key_paths_it_lacks()
    {
        var script = new ScriptedEvidence { Kind = SourceKind.Bundle, Otherwise = Answer.NotRecorded };
        Gap gap = Assert.Single(Find(script, Question.Read("/sys/x/y"), Question.Read("/proc/cpuinfo")));
        Assert.Equal("the bundle does not hold it: processors cannot be seen", gap.Why);
    }

    [Theory]
    [InlineData("/sys/bus/pci/devices/10000:e1:00.0/config", "/sys/bus/pci/devices/*/config")]
    [InlineData("/sys/devices/system/cpu/cpu12/topology/core_id", "/sys/devices/system/cpu/cpu*/topology/core_id")]
    [InlineData("/sys/kernel/iommu_groups/7/type", "/sys/kernel/iommu_groups/*/type")]
    [InlineData("", "")]
    public void Numbers_and_addresses_become_one_pattern(string path, string expected) => Assert.Equal(expected, GapFinder.Pattern(path));
}
