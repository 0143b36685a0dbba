using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Tests.Diagnosis.Checks;
using Xunit;

namespace Passthrough.Tests.Host.Guests;

public sealed class GuestReaderTests
{
    private static readonly string _xml = GuestCase.Xml(GuestCase.Hostdev("0000:01:00.0") + "<graphics type='vnc' passwd='geheim'/>");

    [Fact]
    public void Definitions_states_and_logs_are_read()
    {
        TreeEvidence tree = Tree();
        tree[GuestState.LibvirtFolder + "/autostart/win11.xml"] = _xml;
        tree["/run/libvirt/qemu/win11.xml"] = $"<domstatus state='running' pid='4711'>{_xml}</domstatus>";
        tree["/run/libvirt/qemu/passing.xml"] = $"<domstatus state='running' pid='12'>{_xml}</domstatus>";
        tree["/var/log/libvirt/qemu/win11.log"] = "a: starting up libvirt version: 9\nvfio 0000:01:00.0: VFIO_MAP_DMA failed: Cannot allocate memory\nb: starting up libvirt version: 9\n";
        GuestState state = GuestReader.Read(tree);
        Assert.Equal(["passing", "win11"], state.All.Select(guest => guest.Name));
        Assert.Equal((true, true, 4711), (state.All[1].IsRunning, state.All[1].IsAutostarted, state.All[1].ProcessId));
        Assert.Equal("win11", state.NameOf(4711));
        Assert.Equal((3, 2), (state.Logs[0].LastStart, Assert.Single(state.Logs[0].Content.Value!.Events).Line));
    }

    [Fact]
    public void A_refused_folder_leaves_running_guests_unknown()
    {
        var evidence = new ScriptedGuests(Tree());
        GuestState state = GuestReader.Read(evidence);
        Assert.NotNull(state.UnseenFolder);
        Assert.All(state.All, guest => Assert.Equal(Outcome.Denied, guest.Definition.Outcome));
    }

    [Fact]
    public void Passwords_are_never_remembered()
    {
        TreeEvidence tree = Tree();
        tree["/etc/pve/qemu-server/100.conf"] = "name: x\ncipassword: geheim\n";
        var recorder = new Recorder(tree);
        GuestState state = GuestReader.Read(recorder);
        Assert.All(state.All, guest => Assert.True(guest.Definition.IsKnown, guest.Definition.Why));
        Assert.DoesNotContain(recorder.Transcript, entry => entry.Value.Text.Contains("geheim", StringComparison.Ordinal));
        Assert.Contains(recorder.Transcript, entry => entry.Value.Text.Contains("passwd='***'", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_a_long_log_only_the_end_is_read()
    {
        string folder = Directory.CreateTempSubdirectory("ptdiag-log-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "var/log/libvirt/qemu"));
        File.WriteAllText(Path.Combine(folder, "var/log/libvirt/qemu/a.log"), string.Concat(Enumerable.Range(0, 100_000).Select(line => FormattableString.Invariant($"line {line}\n"))));
        Answer answer = new DirectoryEvidence(folder).Ask(Question.Read("/var/log/libvirt/qemu/a.log"));
        Assert.True(answer.Content.Length <= 256 << 10);
        Assert.StartsWith("line ", answer.Text, StringComparison.Ordinal);
        Assert.EndsWith("line 99999\n", answer.Text, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static TreeEvidence Tree()
    {
        var tree = new TreeEvidence();
        tree[GuestState.LibvirtFolder + "/win11.xml"] = _xml;
        tree["/run/libvirt/qemu/win11.pid"] = "4711";
        return tree;
    }

    private sealed class ScriptedGuests(TreeEvidence tree) : IEvidence
    {
        public SourceKind Kind => SourceKind.Live;

        public string DisplayName => "a machine";

        public Answer Ask(Question question) => question.Path.StartsWith(GuestState.LibvirtFolder, StringComparison.Ordinal) ? Answer.Denied : tree.Ask(question);
    }
}
