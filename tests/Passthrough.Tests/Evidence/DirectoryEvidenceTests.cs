using Passthrough.Host.Evidence;
using Xunit;

namespace Passthrough.Tests.Evidence;

public sealed class DirectoryEvidenceTests : IDisposable
{
    private const string Function = "/sys/devices/pci0000:00/0000:00:01.0";
    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    private Answer Read(string path) => new DirectoryEvidence(_tree.Root).Ask(Question.Read(path));

    [Fact]
    public void A_missing_root_a_file_and_an_empty_folder_are_one_sentence_each()
    {
        _tree.File("file");
        AssertSentence(Assert.Throws<EvidenceException>(() => new DirectoryEvidence(_tree.At("no-such"))), "no-such");
        AssertSentence(Assert.Throws<EvidenceException>(() => new DirectoryEvidence(_tree.At("file"))), "is not a folder");
        AssertSentence(Assert.Throws<EvidenceException>(() => new DirectoryEvidence(_tree.Root)), "is not a machine's tree: it holds none of /proc, /sys");
    }

    [Fact]
    public void Files_and_folders_are_found()
    {
        _tree.File("/proc/cmdline", "quiet\n").File("/proc/b");
        Assert.Equal("quiet\n", Read("/proc/cmdline").Text);
        Assert.Equal(["b", "cmdline"], new DirectoryEvidence(_tree.Root).Ask(Question.List("/proc")).Names);
        Assert.Equal(["proc"], new DirectoryEvidence(_tree.Root).Ask(Question.List("/")).Names);
    }

    [Fact]
    public void An_absolute_link_starts_at_the_root_of_the_tree()
    {
        _tree.File("/proc/self/mounts", "inside\n").Link("/etc/mtab", "/proc/self/mounts");
        Assert.Equal("inside\n", Read("/etc/mtab").Text);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../../../../../../../../../../../../etc/passwd")]
    [InlineData("../proc/../../../../../../../../../../etc/passwd")]
    public void No_link_leads_out_of_the_tree(string target)
    {
        _tree.File("/proc/x").Link("/sys/escape", target).Link("/sys/up", "../../../../../..");
        Answer outside = Read("/sys/escape");
        Assert.Equal(Outcome.NotRecorded, outside.Outcome);
        Assert.Equal(["proc", "sys"], new DirectoryEvidence(_tree.Root).Ask(Question.List("/sys/up")).Names);

        _tree.File("/etc/passwd", "the tree's own\n");
        Assert.Equal("the tree's own\n", Read("/sys/escape").Text);
    }

    [Fact]
    public void A_loop_of_links_fails_with_its_name()
    {
        _tree.Link("/sys/a", "b").Link("/sys/b", "a").Link("/sys/self", "self/deeper");
        Assert.Equal(Answer.Failed("ELOOP"), Read("/sys/a"));
        Assert.Equal(Answer.Failed("ELOOP"), Read("/sys/a/below"));
        Assert.Equal(Answer.Failed("ELOOP"), Read("/sys/self"));
        Assert.Equal("b", new DirectoryEvidence(_tree.Root).Ask(Question.Link("/sys/a")).Text);
    }

    [Fact]
    public void A_link_that_was_captured_as_a_folder_is_not_recorded()
    {
        _tree.File(Function + "/iommu/name");
        Assert.Equal(Answer.NotRecorded, new DirectoryEvidence(_tree.Root).Ask(Question.Link(Function + "/iommu")));
    }

    [Fact]
    public void A_dangling_link_is_found_as_a_link()
    {
        _tree.Link("/sys/bus/pci/devices/0000:00:01.0", "../../../devices/pci0000:00/0000:00:01.0");
        var source = new DirectoryEvidence(_tree.Root);
        Assert.True(source.Ask(Question.Link("/sys/bus/pci/devices/0000:00:01.0")).IsFound);
        Assert.Equal(["0000:00:01.0"], source.Ask(Question.List("/sys/bus/pci/devices")).Names);
        Assert.Equal(Outcome.NotRecorded, source.Ask(Question.Read("/sys/bus/pci/devices/0000:00:01.0/vendor")).Outcome);
    }

    [Theory]
    [InlineData("/sys/class/iommu")]
    [InlineData("/sys/kernel/iommu_groups")]
    [InlineData("/sys/firmware/acpi/tables")]
    [InlineData("/dev/vfio")]
    [InlineData("/dev/kmsg")]
    [InlineData("/etc/modprobe.d")]
    [InlineData("/sys/class/net/eth0/lower_x")]
    public void What_a_partial_capture_lacks_is_not_recorded(string path)
    {
        _tree.File("/proc/cpuinfo").File("/sys/class/net/eth0/mtu").File("/sys/kernel/x").File("/sys/firmware/acpi/y").File("/etc/fstab").Folder("/dev");
        Assert.Equal(Outcome.NotRecorded, Read(path).Outcome);
        Assert.Equal(Outcome.NotRecorded, new DirectoryEvidence(_tree.Root).Ask(Question.List(path)).Outcome);
    }

    [Fact]
    public void A_function_without_a_driver_is_told_only_by_a_whole_folder()
    {
        _tree.File(Function + "/vendor").File(Function + "/uevent").File(Function + "/config");
        Assert.Equal(Outcome.NotRecorded, new DirectoryEvidence(_tree.Root).Ask(Question.Link(Function + "/driver")).Outcome);

        _tree.File(Function + "/broken_parity_status").File(Function + "/consistent_dma_mask_bits").Link(Function + "/subsystem", "../../../bus/pci");
        Assert.Equal(Outcome.Absent, new DirectoryEvidence(_tree.Root).Ask(Question.Link(Function + "/driver")).Outcome);
    }

    [Fact]
    public void On_an_installed_disk_missing_configuration_is_absent_and_the_kernels_folders_are_not_recorded()
    {
        _tree.File("/etc/passwd").File("/usr/bin/x").Folder("/proc").Folder("/sys").Folder("/boot");
        Assert.Equal(Outcome.Absent, Read("/etc/modprobe.d").Outcome);
        Assert.Equal(Outcome.NotRecorded, Read("/proc/cmdline").Outcome);
        Assert.Equal(Outcome.NotRecorded, Read("/sys/class/iommu").Outcome);
        Assert.Equal(Outcome.NotRecorded, Read("/boot/vmlinuz").Outcome);
    }

    [Fact]
    public void Queries_and_nodes_are_not_recorded()
    {
        _tree.Folder("/dev").Folder("/proc");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", _tree.At("/dev/kmsg")))
        {
            mkfifo.WaitForExit();
        }

        Assert.Equal(Outcome.NotRecorded, Read("/dev/kmsg").Outcome);
        Assert.Equal(Outcome.NotRecorded, new DirectoryEvidence(_tree.Root).Ask(Question.Query(Queries.User)).Outcome);
    }

    private static void AssertSentence(EvidenceException exception, string part)
    {
        Assert.Contains(part, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.EndsWith(".", exception.Message, StringComparison.Ordinal);
    }
}
