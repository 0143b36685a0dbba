using System.Text;
using Passthrough.Guests.Transports;
using Xunit;

namespace Passthrough.Tests.Guests.Transports;

// Programs of a test's own stand first on the PATH, which is one for all.
/// <summary>The client is a script of this test that answers by the destination's name; what it is told to run, it runs here.</summary>
[Collection("PATH")]
public sealed class SshGuestTests : IDisposable
{
    private const string Client =
        """
        #!/bin/sh
        folder=$(dirname "$0")
        for word in "$@"; do printf '[%s]' "$word"; done >>"$folder/log"
        echo >>"$folder/log"
        master=
        while [ "$1" != -- ]; do
            case $1 in -M|-O) master=1 ;; esac
            shift
        done
        case $2 in
            unknown-key) printf 'No ED25519 host key is known for vm1 and you have requested strict checking.\r\nHost key verification failed.\r\n' >&2; exit 255 ;;
            changed-key) printf '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.\n' >&2; exit 255 ;;
            denied) printf 'root@denied: Permission denied (publickey,password).\r\n' >&2; exit 255 ;;
            refused) printf 'ssh: connect to host refused port 22: Connection refused\r\n' >&2; exit 255 ;;
            mute) exit 255 ;;
            dies) [ -n "$master" ] && exit 0; printf 'client_loop: send disconnect: Broken pipe\r\n' >&2; exit 255 ;;
        esac
        [ -n "$master" ] && exit 0
        exec /bin/sh -c "$3"
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("ptdiag-fake-ssh-").FullName;
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");

    public SshGuestTests()
    {
        string client = Path.Combine(_folder, "ssh");
        File.WriteAllText(client, Client);
        File.SetUnixFileMode(client, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("PATH", _folder + ":" + _path);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_program_runs_with_its_words_as_they_are()
    {
        await using SshGuest guest = await ConnectAsync("vm1");
        GuestRun run = await guest.RunAsync(new GuestCommand("/bin/sh", "-c", "printf '%s|' \"$@\"; echo oh >&2; cat; exit 3", "sh", "a b", "$HOME", "it's\n\"`!"), CancellationToken.None);
        Assert.Equal(new GuestRun(3, "a b|$HOME|it's\n\"`!|", "oh\n"), run);
    }

    [Fact]
    public async Task Every_start_of_the_client_checks_keys_and_asks_nothing()
    {
        await using (SshGuest guest = await SshGuest.ConnectAsync(new SshTarget("me@vm1") { Port = 2222, ConfigPath = "/x/config", IdentityPath = "/x/key" }, CancellationToken.None))
        {
            await guest.RunAsync(new GuestCommand("true"), CancellationToken.None);
        }

        string[] starts = File.ReadAllLines(Path.Combine(_folder, "log"));
        Assert.Equal(2, starts.Length);
        Assert.All(starts, start =>
        {
            Assert.StartsWith("[-F][/x/config][-p][2222][-i][/x/key]", start, StringComparison.Ordinal);
            Assert.Contains("[-o][BatchMode=yes][-o][StrictHostKeyChecking=yes]", start, StringComparison.Ordinal);
            Assert.Contains("[--][me@vm1]", start, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Files_go_in_and_come_out_byte_for_byte()
    {
        byte[] content = new byte[700_001];
        new Random(1).NextBytes(content);
        string path = Path.Combine(_folder, "it's there");
        await using SshGuest guest = await ConnectAsync("vm1");
        await guest.PutAsync(path, content, executable: true, CancellationToken.None);
        Assert.Equal(content, File.ReadAllBytes(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        Assert.Equal(content, await guest.FetchAsync(path, CancellationToken.None));
        GuestException error = await Assert.ThrowsAsync<GuestException>(() => guest.PutAsync("/no/such/folder/x", content, false, CancellationToken.None));
        Assert.StartsWith("/no/such/folder/x could not be written in vm1 (ssh): ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_cancelled_is_told_to_end_and_has_ended()
    {
        string told = Path.Combine(_folder, "told");
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        await using SshGuest guest = await ConnectAsync("vm1");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => guest.RunAsync(
            new GuestCommand("/bin/sh", "-c", "trap 'echo >\"$1\"; kill $!; exit 0' TERM; sleep 60 >/dev/null 2>&1 & wait", "sh", told), cancel.Token));
        Assert.True(File.Exists(told));
    }

    [Fact]
    public async Task A_program_that_takes_too_long_is_told_to_end()
    {
        await using SshGuest guest = await ConnectAsync("vm1");
        GuestException error = await Assert.ThrowsAsync<GuestException>(() => guest.RunAsync(new GuestCommand("sleep", "60") { Timeout = TimeSpan.FromMilliseconds(300) }, CancellationToken.None));
        Assert.Equal("sleep in vm1 (ssh) did not end within 0.3 s and was told to end.", error.Message);
    }

    [Fact]
    public async Task Each_way_to_fail_is_one_sentence()
    {
        var sentences = new StringBuilder();
        foreach (string destination in (string[])["unknown-key", "changed-key", "denied", "refused", "mute", "-oProxyCommand=touch", "a b"])
        {
            sentences.Append((await Assert.ThrowsAsync<GuestException>(() => ConnectAsync(destination))).Message).Append('\n');
        }

        await using SshGuest guest = await ConnectAsync("dies");
        sentences.Append((await Assert.ThrowsAsync<GuestException>(() => guest.RunAsync(new GuestCommand("true"), CancellationToken.None))).Message).Append('\n');
        Assert.Equal(
            """
            The host key of unknown-key is not known here, so nothing was sent: connect once by hand with ssh and compare the key's fingerprint with the guest's.
            The host key of changed-key is not the one that known_hosts holds, so nothing was sent: find out why it changed before you remove the old key (ssh-keygen -R).
            denied lets nobody in without a password (root@denied: Permission denied (publickey,password)): add a key to the agent or name one with 'identity', and put its public half into the guest's authorized_keys.
            ssh does not reach refused: ssh: connect to host refused port 22: Connection refused.
            ssh does not reach mute: the connection ended without a word.
            '-oProxyCommand=touch': it is no destination of ssh: write [user@]host.
            'a b': it is no destination of ssh: write [user@]host.
            ssh does not reach dies: client_loop: send disconnect: Broken pipe.

            """, sentences.ToString());
    }

    [Fact]
    public async Task The_private_folder_is_made_used_and_removed()
    {
        byte[] program = Encoding.UTF8.GetBytes("#!/bin/sh\ncase $1 in --version) echo 1.2.3 ;; tune) echo \"$PTDIAG_STATE\" >" + _folder + "/undone ;; *) echo \"$PTDIAG_STATE $*\" ;; esac\n");
        await using SshGuest guest = await ConnectAsync("vm1");
        GuestFolder folder = await GuestFolder.MakeAsync(guest, CancellationToken.None);
        await folder.InstallAsync(program, "1.2.3", CancellationToken.None);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.Path));
        GuestRun run = await folder.RunAsync(["study", "a b"], new GuestCommand(), CancellationToken.None);
        Assert.Equal($"{folder.Path}/state study a b\n", run.Output);

        // A journal means that something may be left to take back.
        Directory.CreateDirectory(folder.File("state"));
        File.WriteAllText(folder.File("state/tuning.jsonl"), "");
        Assert.Null(await folder.RemoveAsync());
        Assert.False(Directory.Exists(folder.Path));
        Assert.Equal($"{folder.Path}/state\n", File.ReadAllText(Path.Combine(_folder, "undone")));
    }

    [Fact]
    public async Task A_program_of_another_version_is_not_used()
    {
        await using SshGuest guest = await ConnectAsync("vm1");
        GuestFolder folder = await GuestFolder.MakeAsync(guest, CancellationToken.None);
        GuestException error = await Assert.ThrowsAsync<GuestException>(() => folder.InstallAsync("#!/bin/sh\necho 9\n"u8.ToArray(), "1.2.3", CancellationToken.None));
        Assert.Contains("does not run there (exit code 0: 9)", error.Message, StringComparison.Ordinal);
        Assert.Null(await folder.RemoveAsync());
        Assert.False(Directory.Exists(folder.Path));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/tmp")]
    [InlineData("/tmp/ptdiag-")]
    [InlineData("/tmp/ptdiag-abcdef/..")]
    [InlineData("/tmp/ptdiag-abcdefgh\n")]
    [InlineData("/home/ptdiag-abcdefgh")]
    public async Task Nothing_else_is_ever_removed(string path)
    {
        await using SshGuest guest = await ConnectAsync("vm1");
        Assert.Null(GuestFolder.Of(guest, path));
    }

    private static Task<SshGuest> ConnectAsync(string destination) => SshGuest.ConnectAsync(new SshTarget(destination), CancellationToken.None);
}
