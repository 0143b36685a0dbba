using Passthrough.Host.Evidence;
using Xunit;

namespace Passthrough.Tests.Evidence;

public class LiveEvidenceTests
{
    private readonly LiveEvidence _live = new();

    [Fact]
    public void Files_of_proc_and_sys_are_read_to_their_end()
    {
        Assert.Equal(File.ReadAllText("/proc/version"), _live.Ask(Question.Read("/proc/version")).Text);
        Assert.Equal(File.ReadAllText("/sys/devices/system/cpu/online"), _live.Ask(Question.Read("/sys/devices/system/cpu/online")).Text);
        Assert.True(_live.Ask(Question.Read("/proc/cpuinfo")).Content.Length > 100);
    }

    [Fact]
    public void A_listing_has_all_names_in_ordinal_order()
    {
        string[] expected = [.. Directory.GetFileSystemEntries("/sys/class").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        Assert.Equal(expected, _live.Ask(Question.List("/sys/class")).Names);
        Assert.NotEmpty(expected);
    }

    [Fact]
    public void A_large_folder_is_listed_whole()
    {
        using var tree = new TemporaryTree();
        for (int i = 0; i < 3000; i++)
        {
            tree.File($"a-name-that-is-not-short-{i:d5}");
        }

        Assert.Equal(3000, _live.Ask(Question.List(tree.Root)).Names.Length);
    }

    [Fact]
    public void A_link_gives_its_text_unresolved()
    {
        using var tree = new TemporaryTree();
        tree.Link("dangling", "../no/such/thing");
        Assert.Equal("../no/such/thing", _live.Ask(Question.Link(tree.At("dangling"))).Text);
        Assert.Equal(Outcome.Absent, _live.Ask(Question.Read(tree.At("dangling"))).Outcome);
        Assert.Equal(["dangling"], _live.Ask(Question.List(tree.Root)).Names);
    }

    [Theory]
    [InlineData("/no/such/file")]
    [InlineData("/proc/version/below")]
    public void What_does_not_exist_is_absent(string path)
    {
        Assert.Equal(Answer.Absent, _live.Ask(Question.Read(path)));
        Assert.Equal(Answer.Absent, _live.Ask(Question.List(path)));
        Assert.Equal(Answer.Absent, _live.Ask(Question.Link(path)));
        Assert.Equal(Answer.Absent, _live.Ask(Question.Query(Queries.StatPrefix + path)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData("/proc/../dev/kmsg")]
    [InlineData("/proc//version")]
    [InlineData("/proc/./version")]
    [InlineData("/proc/")]
    [InlineData("/proc/ver\0sion")]
    public void A_path_that_is_not_normalised_is_not_asked(string path) =>
        Assert.Equal(Outcome.Failed, _live.Ask(Question.Read(path)).Outcome);

    [Fact]
    public void A_folder_is_no_file_and_a_file_is_no_link()
    {
        Assert.Equal("EISDIR", _live.Ask(Question.Read("/proc")).Why);
        Assert.Equal(Answer.Absent, _live.Ask(Question.Link("/proc/version")));
    }

    [Fact]
    public void A_pipe_without_a_writer_does_not_block()
    {
        using var tree = new TemporaryTree();
        using var mkfifo = System.Diagnostics.Process.Start("mkfifo", tree.At("pipe"));
        mkfifo.WaitForExit();
        Assert.Equal(Answer.Of(""), _live.Ask(Question.Read(tree.At("pipe"))));
    }

    [Fact]
    public void Device_nodes_are_withheld_and_only_when_they_exist()
    {
        Assert.Equal(Outcome.Withheld, _live.Ask(Question.Read("/dev/null")).Outcome);
        Assert.Equal(Outcome.Absent, _live.Ask(Question.Read("/dev/no-such-node")).Outcome);
        Assert.Equal(Outcome.Withheld, _live.Ask(Question.Read("/proc/kmsg")).Outcome);
    }

    [SkippableFact]
    public void The_kernel_log_ends_and_looks_like_dmesg()
    {
        Answer answer = _live.Ask(Question.Read("/dev/kmsg"));
        Skip.IfNot(answer.IsFound, $"/dev/kmsg is {answer.Outcome} here");
        string[] lines = answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 0);
        Assert.All(lines, line => Assert.Matches(@"^\[ *\d+\.\d{6}\] ", line));
    }

    [Fact]
    public void Queries_tell_user_limit_and_modes()
    {
        Assert.Matches(@"^euid=\d+\n$", _live.Ask(Question.Query(Queries.User)).Text);
        Assert.Matches(@"^soft=(unlimited|\d+)\nhard=(unlimited|\d+)\n$", _live.Ask(Question.Query(Queries.MemoryLock)).Text);
        Assert.Equal("mode=666\nuid=0\ngid=0\ntype=char\n", _live.Ask(Question.Query("stat:/dev/null")).Text);
        Assert.Contains("type=dir", _live.Ask(Question.Query("stat:/proc")).Text, StringComparison.Ordinal);
        Assert.Equal(Outcome.NotRecorded, _live.Ask(Question.Query("no such query")).Outcome);
    }

    [Fact]
    public void The_memory_lock_limit_is_that_of_proc()
    {
        string line = File.ReadLines("/proc/self/limits").Single(text => text.StartsWith("Max locked memory", StringComparison.Ordinal));
        string[] words = line["Max locked memory".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal($"soft={words[0]}\nhard={words[1]}\n", _live.Ask(Question.Query(Queries.MemoryLock)).Text);
    }

    [SkippableFact]
    public void Kvm_answers_version_twelve_where_it_can_be_opened()
    {
        Answer answer = _live.Ask(Question.Query(Queries.Kvm));
        Skip.IfNot(answer.IsFound, $"/dev/kvm is {answer.Outcome} here");
        Assert.Equal("api=12\n", answer.Text);
    }

    [SkippableFact]
    public void Config_space_of_a_function_is_read_whole()
    {
        string? function = _live.Ask(Question.List("/sys/bus/pci/devices")).Names.FirstOrDefault();
        Skip.If(function is null, "this machine has no PCI functions");
        Answer config = _live.Ask(Question.Read($"/sys/bus/pci/devices/{function}/config"));
        Skip.If(config.Outcome == Outcome.Withheld, "the first function is suspended");
        Assert.Contains(config.Content.Length, new[] { 64, 256, 4096 });
        Assert.Equal(Outcome.Withheld, _live.Ask(Question.Read($"/sys/bus/pci/devices/{function}/remove")).Outcome);
    }
}
