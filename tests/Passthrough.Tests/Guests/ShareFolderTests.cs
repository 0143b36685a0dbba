using System.Text;
using Passthrough.Guests;
using Passthrough.Guests.Boot;
using Passthrough.Guests.Qemu;
using Xunit;

namespace Passthrough.Tests.Guests;

public sealed class ShareFolderTests : IDisposable
{
    private static readonly LabKernel s_kernel = new("6.12.1-test", "/cache/kernel", "/cache/kernel/vmlinux");
    private static readonly LabMachine s_machine = LabCatalog.Find("intel-healthy")!;
    private readonly string _parent = Directory.CreateTempSubdirectory("share-folder-tests-").FullName;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Theory]
    [InlineData("plain", "'plain'")]
    [InlineData("", "''")]
    [InlineData("it's", @"'it'\''s'")]
    [InlineData("$HOME `x` \"y\" \\", "'$HOME `x` \"y\" \\'")]
    public void A_word_reaches_the_shell_unchanged(string word, string quoted)
    {
        Assert.Equal(quoted, ShareFolder.Quote(word));
    }

    [Fact]
    public void A_command_is_words_and_not_a_script()
    {
        Assert.Equal("exec 'sh' '-c' 'exit 7'\n", ShareFolder.ShellCommand(["sh", "-c", "exit 7"]));
        Assert.Throws<LabException>(() => ShareFolder.ShellCommand([]));
        Assert.Throws<LabException>(() => ShareFolder.ShellCommand(["a\0b"]));
    }

    [Fact]
    public void What_the_command_left_is_collected_without_what_was_placed()
    {
        using ShareFolder share = ShareFolder.Create(_parent);
        share.Prepare(s_machine, s_kernel, Command(("kept.txt", "same"), ("in/changed.txt", "before")));
        string output = Path.Combine(share.Share, "out");
        File.WriteAllText(Path.Combine(output, "in", "changed.txt"), "after");
        Directory.CreateDirectory(Path.Combine(output, "deep", "er"));
        File.WriteAllText(Path.Combine(output, "deep", "er", "new.bin"), "new");
        Directory.CreateDirectory(Path.Combine(output, ".virtfs_metadata"));
        File.WriteAllText(Path.Combine(output, ".virtfs_metadata", "new.bin"), "mode");
        File.CreateSymbolicLink(Path.Combine(output, "link"), "/etc/passwd");

        IReadOnlyDictionary<string, byte[]> files = share.Collect();

        Assert.Equal(["deep/er/new.bin", "in/changed.txt"], files.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("after", Encoding.UTF8.GetString(files["in/changed.txt"]));
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("/etc/passwd")]
    [InlineData("")]
    [InlineData("a/../../b")]
    public void A_file_outside_of_out_is_refused(string name)
    {
        using ShareFolder share = ShareFolder.Create(_parent);

        LabException error = Assert.Throws<LabException>(() => share.Prepare(s_machine, s_kernel, Command((name, "x"))));

        Assert.Contains("/out", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_exit_code_is_unknown_until_the_guest_wrote_it()
    {
        using ShareFolder share = ShareFolder.Create(_parent);
        string path = Path.Combine(share.Share, "control", "rc");

        Assert.Null(share.ExitCode());
        File.WriteAllText(path, "");
        Assert.Null(share.ExitCode());
        File.WriteAllText(path, "137\n");
        Assert.Equal(137, share.ExitCode());
    }

    [Fact]
    public void A_machine_without_VFIO_modules_gets_the_tree_without_them()
    {
        using ShareFolder share = ShareFolder.Create(_parent);
        share.Prepare(LabCatalog.Find("no-modules")!, s_kernel, Command());

        string settings = File.ReadAllText(Path.Combine(share.Share, "control", "settings"));

        Assert.Contains("MODULES_FOLDER='/cache/kernel/without-vfio/lib/modules'\n", settings, StringComparison.Ordinal);
        Assert.Contains("MODULES='nvme'\n", settings, StringComparison.Ordinal);
        Assert.Contains("CANDIDATES='0000:01:00.0'\n", settings, StringComparison.Ordinal);
    }

    [Fact]
    public void Disks_are_made_as_large_as_the_machine_says()
    {
        using ShareFolder share = ShareFolder.Create(_parent);
        share.Prepare(s_machine, s_kernel, Command());

        Assert.Equal(256L << 20, new FileInfo(Path.Combine(share.Folder, "disk0.img")).Length);
    }

    [Fact]
    public void An_agent_that_is_not_there_is_a_sentence()
    {
        using ShareFolder share = ShareFolder.Create(_parent);

        LabException error = Assert.Throws<LabException>(
            () => share.Prepare(s_machine, s_kernel, Command() with { AgentPath = "/no/such/agent" }));

        Assert.Contains("/no/such/agent", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_left_after_the_end()
    {
        ShareFolder share = ShareFolder.Create(_parent);
        share.Prepare(s_machine, s_kernel, Command(("a", "b")));
        share.Dispose();

        Assert.Empty(Directory.EnumerateFileSystemEntries(_parent));
    }

    [Fact]
    public void An_abandoned_folder_is_removed_and_one_in_use_is_not()
    {
        using ShareFolder inUse = ShareFolder.Create(_parent);
        string abandoned = Path.Combine(_parent, "ptdiag-lab-abandoned");
        Directory.CreateDirectory(abandoned);
        File.WriteAllText(Path.Combine(abandoned, ".lock"), "");

        using ShareFolder another = ShareFolder.Create(_parent);

        Assert.False(Directory.Exists(abandoned));
        Assert.True(Directory.Exists(inUse.Share));
    }

    private static LabCommand Command(params (string Name, string Content)[] files) => new()
    {
        Arguments = ["true"],
        Files = files.ToDictionary(file => file.Name, file => Encoding.UTF8.GetBytes(file.Content)),
    };
}
