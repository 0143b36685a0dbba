using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Host.Logs;

public class KernelLogReaderTests
{
    private const string Boot = "[    0.000000] Linux version 6.1 (gcc)\n[    0.000000] Command line: ro\n[    2.0] DMAR: IOMMU enabled\n";
    private const string Later = "[    2.0] DMAR: IOMMU enabled\n[   90.0] DMAR: [DMA Read] Request device [01:00.0] fault addr 1000\n";

    [Fact]
    public void Without_any_log_the_reading_says_why()
    {
        Assert.Equal(Outcome.Absent, KernelLogReader.Read(new TreeEvidence()).Content.Outcome);
        var denied = new TreeEvidence();
        denied.Set("/dev/kmsg", Answer.Denied);
        KernelLog log = KernelLogReader.Read(denied);
        Assert.Equal(Outcome.Denied, log.Content.Outcome);
        Assert.Equal("/dev/kmsg", log.Content.Source);
        Assert.False(log.IsComplete);
    }

    [Theory]
    [InlineData("/dev/kmsg")]
    [InlineData("/var/log/dmesg")]
    [InlineData("/dmesg")]
    public void One_log_is_read_where_it_is(string path)
    {
        KernelLog log = KernelLogReader.Read(new TreeEvidence { [path] = Boot });
        Assert.Equal(path, log.Content.Source);
        Assert.True(log.IsComplete);
    }

    [Fact]
    public void A_ring_that_reaches_the_boot_is_preferred()
    {
        KernelLog log = KernelLogReader.Read(new TreeEvidence { ["/dev/kmsg"] = Boot, ["/var/log/dmesg"] = Boot + Later });
        Assert.Equal("/dev/kmsg", log.Content.Source);
        Assert.Empty(log.Content.Value!.Faults);
    }

    [Fact]
    public void A_wrapped_ring_is_joined_to_the_file_of_the_same_boot()
    {
        KernelLog log = KernelLogReader.Read(new TreeEvidence
        {
            ["/dev/kmsg"] = Later,
            ["/var/log/dmesg"] = Boot,
            ["/proc/sys/kernel/osrelease"] = "6.1\n",
            ["/proc/cmdline"] = "ro\n",
        });
        Assert.Equal("/var/log/dmesg + /dev/kmsg", log.Content.Source);
        Assert.True(log.IsComplete);
        Assert.Single(log.Content.Value!.Faults);
        Assert.Single(log.Content.Value!.Of(LogEventKind.IommuTokenParsed));
        Assert.False(log.Content.Value!.FaultsSuppressed);
    }

    [Fact]
    public void A_gap_between_file_and_ring_makes_the_count_of_faults_a_lower_bound()
    {
        KernelLog log = KernelLogReader.Read(new TreeEvidence
        {
            ["/dev/kmsg"] = "[   90.0] x\n",
            ["/var/log/dmesg"] = Boot,
            ["/proc/sys/kernel/osrelease"] = "6.1\n",
            ["/proc/cmdline"] = "ro\n",
        });
        Assert.True(log.Content.Value!.FaultsSuppressed);
    }

    [Fact]
    public void A_file_of_another_boot_does_not_speak_for_this_one()
    {
        KernelLog log = KernelLogReader.Read(new TreeEvidence
        {
            ["/dev/kmsg"] = Later,
            ["/var/log/dmesg"] = Boot,
            ["/proc/sys/kernel/osrelease"] = "6.12\n",
            ["/proc/cmdline"] = "ro\n",
        });
        Assert.Equal("/dev/kmsg", log.Content.Source);
        Assert.False(log.IsComplete);
    }
}
