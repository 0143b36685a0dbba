using System.Text;
using Passthrough.Guests.Transports;
using Xunit;

namespace Passthrough.Tests.Guests.Transports;

// Programs of a test's own stand first on the PATH, which is one for all.
[Collection("PATH")]
public sealed class AgentGuestTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ptdiag-agent-").FullName;
    private readonly FakeAgent _agent;

    public AgentGuestTests() => _agent = new FakeAgent(_folder);

    public void Dispose()
    {
        _agent.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_program_runs_with_its_words_as_they_are()
    {
        await using AgentGuest guest = Guest();
        GuestRun run = await guest.RunAsync(new GuestCommand("/bin/sh", "-c", "printf '%s|' \"$@\"; echo oh >&2; exit 3", "sh", "a b", "$HOME", "ä\n\"'"), CancellationToken.None);
        Assert.Equal(new GuestRun(3, "a b|$HOME|ä\n\"'|", "oh\n"), run);
    }

    [Fact]
    public async Task A_program_that_a_signal_ended_has_128_and_its_number()
    {
        await using AgentGuest guest = Guest();
        GuestRun run = await guest.RunAsync(new GuestCommand("/bin/sh", "-c", "kill -TERM $$"), CancellationToken.None);
        Assert.Equal(143, run.ExitCode);
    }

    [Fact]
    public async Task A_million_bytes_come_back_whole()
    {
        await using AgentGuest guest = Guest();
        GuestRun run = await guest.RunAsync(new GuestCommand("/bin/sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x"), CancellationToken.None);
        Assert.Equal(1_000_000, run.Output.Length);
        Assert.True(run.Output.All(character => character == 'x'));
    }

    [Fact]
    public async Task What_an_earlier_client_left_unread_is_passed_over_in_whatever_pieces()
    {
        _agent.Stale = [.. "{\"return\": 7}\n{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error\"}}\n{\"retu"u8, 0x00, 0x80];
        _agent.PieceBytes = 3;
        await using AgentGuest guest = Guest();
        Assert.Equal("hi\n", (await guest.RunAsync(new GuestCommand("echo", "hi"), CancellationToken.None)).Output);
    }

    [Fact]
    public async Task Files_go_in_and_come_out_byte_for_byte()
    {
        byte[] content = new byte[700_001];
        new Random(1).NextBytes(content);
        string path = Path.Combine(_folder, "there");
        await using AgentGuest guest = Guest();
        await guest.PutAsync(path, content, executable: true, CancellationToken.None);
        Assert.Equal(content, File.ReadAllBytes(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        Assert.Equal(content, await guest.FetchAsync(path, CancellationToken.None));
    }

    [Fact]
    public async Task A_program_that_takes_too_long_is_told_to_end()
    {
        string told = Path.Combine(_folder, "told");
        await using AgentGuest guest = Guest();
        GuestException error = await Assert.ThrowsAsync<GuestException>(() => guest.RunAsync(Patient(told) with { Timeout = TimeSpan.FromSeconds(2) }, CancellationToken.None));
        Assert.Contains("did not end within", error.Message, StringComparison.Ordinal);

        // It may hear of it after the call has given up on it.
        Assert.True(SpinWait.SpinUntil(() => File.Exists(told), TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_program_that_is_cancelled_has_ended_when_the_call_throws()
    {
        string told = Path.Combine(_folder, "told");
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await using AgentGuest guest = Guest();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => guest.RunAsync(Patient(told), cancel.Token));
        Assert.True(File.Exists(told));

        // The way to the agent is still in step.
        Assert.Equal("hi\n", (await guest.RunAsync(new GuestCommand("echo", "hi"), CancellationToken.None)).Output);
    }

    [Fact]
    public async Task Each_way_to_fail_is_one_sentence()
    {
        var sentences = new StringBuilder();
        await AddAsync("disabled", () => _agent.Disabled.Add("guest-exec"), guest => guest.RunAsync(new GuestCommand("true"), CancellationToken.None));
        await AddAsync("no such program", () => _agent.Disabled.Clear(), guest => guest.RunAsync(new GuestCommand("/no/such/program"), CancellationToken.None));
        await AddAsync("no such file", () => { }, guest => guest.FetchAsync("/no/such/file", CancellationToken.None));
        await AddAsync("rubbish", () => _agent.Instead["guest-exec"] = "HTTP/1.1 400 Bad Request", guest => guest.RunAsync(new GuestCommand("true"), CancellationToken.None));
        await AddAsync("no process", () => _agent.Instead["guest-exec"] = "{\"return\": []}", guest => guest.RunAsync(new GuestCommand("true"), CancellationToken.None));
        await AddAsync("cut off", () =>
        {
            _agent.Instead.Clear();
            _agent.Instead["guest-exec-status"] = "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"\", \"out-truncated\": true}}";
        }, guest => guest.RunAsync(new GuestCommand("true"), CancellationToken.None));
        await AddAsync("silent", () => _agent.IsSilent = true, guest => guest.RunAsync(new GuestCommand("true"), CancellationToken.None));
        await using (AgentGuest nobody = AgentGuest.OfSocket("/no/such/socket", TimeSpan.FromSeconds(1)))
        {
            sentences.Append("nobody: ").Append((await Assert.ThrowsAsync<GuestException>(() => nobody.RunAsync(new GuestCommand("true"), CancellationToken.None))).Message).Append('\n');
        }

        string approved = """
            disabled: The agent of SOCKET (guest agent) does not do what is needed (The command guest-exec has been disabled for this instance): allow guest-exec, guest-exec-status and guest-file-* in the guest's qemu-ga.conf (or RHEL's /etc/sysconfig/qemu-ga).
            no such program: In SOCKET (guest agent), /no/such/program could not be started: An error occurred trying to start process '/no/such/program' with working directory 'HERE'. No such file or directory.
            no such file: In SOCKET (guest agent), /no/such/file could not be read: Could not find a part of the path '/no/such/file'.
            rubbish: What answers at SOCKET does not speak the guest agent's protocol.
            no process: What SOCKET (guest agent) answers is not what a guest agent answers.
            cut off: The agent of SOCKET (guest agent) cut the output of a program off.
            silent: No agent answers at SOCKET within 1 s: qemu-guest-agent has to be installed and running in the guest, and nothing else may hold the socket.
            nobody: No agent answers at /no/such/socket (Cannot assign requested address): it has to be the socket of a running guest's port org.qemu.guest_agent.0.

            """;
        Assert.Equal(approved, sentences.ToString());

        async Task AddAsync(string name, Action arrange, Func<AgentGuest, Task> act)
        {
            arrange();
            await using AgentGuest guest = AgentGuest.OfSocket(_agent.Path, TimeSpan.FromSeconds(1));
            GuestException error = await Assert.ThrowsAsync<GuestException>(() => act(guest));
            sentences.Append(name).Append(": ").Append(error.Message.Replace(_agent.Path, "SOCKET", StringComparison.Ordinal).Replace(Environment.CurrentDirectory, "HERE", StringComparison.Ordinal)).Append('\n');
        }
    }

    [Theory]
    [InlineData("error: internal error: unable to execute QEMU agent command 'guest-exec': The command guest-exec has been disabled for this instance\n", "CommandNotFound", "The command guest-exec has been disabled for this instance")]
    [InlineData("error: internal error: unable to execute QEMU agent command 'guest-file-open': failed to open file '/x' (mode: 'r'): No such file or directory\n\n", "GenericError", "failed to open file '/x' (mode: 'r'): No such file or directory")]
    public void What_virsh_says_of_the_agent_is_the_agents_error(string said, string kind, string text)
    {
        AgentReply reply = AgentOfDomain.Refused("vm1", said);
        Assert.Equal((kind, text), (reply.ErrorClass, reply.ErrorText));
    }

    [Theory]
    [InlineData("error: Guest agent is not responding: QEMU guest agent is not connected\n", "virsh does not reach the agent of vm1: Guest agent is not responding: QEMU guest agent is not connected.")]
    [InlineData("error: failed to connect to the hypervisor\nerror: Operation not supported: Cannot use direct socket mode if no URI is set\n", "virsh does not reach the agent of vm1: Operation not supported: Cannot use direct socket mode if no URI is set.")]
    [InlineData("", "virsh does not reach the agent of vm1: it said nothing.")]
    public void What_virsh_says_of_the_way_is_a_sentence(string said, string sentence)
    {
        Assert.Equal(sentence, Assert.Throws<GuestException>(() => AgentOfDomain.Refused("vm1", said)).Message);
    }

    [Fact]
    public async Task A_domain_is_asked_by_virsh()
    {
        // Answers what the real one would, and notes how it was called.
        string virsh = Path.Combine(_folder, "virsh");
        File.WriteAllText(virsh,
            """
            #!/bin/sh
            echo "$*" >>"$(dirname "$0")/calls"
            case $7 in
                *guest-exec-status*) echo '{"return":{"exited":true,"exitcode":4,"out-data":"aGkK"}}' ;;
                *guest-exec*) echo '{"return":{"pid":7}}' ;;
                *) echo "error: Guest agent is not responding: QEMU guest agent is not connected" >&2; exit 1 ;;
            esac
            """);
        File.SetUnixFileMode(virsh, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string? path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", _folder + ":" + path);
        try
        {
            await using AgentGuest guest = AgentGuest.OfDomain("vm1");
            Assert.Equal(new GuestRun(4, "hi\n", ""), await guest.RunAsync(new GuestCommand("echo", "it's"), CancellationToken.None));
            Assert.Equal("qemu-agent-command --timeout 30 --domain vm1 --cmd {\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"echo\",\"arg\":[\"it\\u0027s\"],\"capture-output\":true}}",
                File.ReadAllLines(Path.Combine(_folder, "calls"))[0]);
            GuestException error = await Assert.ThrowsAsync<GuestException>(() => guest.FetchAsync("/x", CancellationToken.None));
            Assert.Equal("virsh does not reach the agent of vm1: Guest agent is not responding: QEMU guest agent is not connected.", error.Message);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
    }

    [Theory]
    [InlineData("-x")]
    [InlineData("")]
    [InlineData("a\nb")]
    public void A_domain_is_no_option(string domain)
    {
        Assert.Throws<GuestException>(() => AgentGuest.OfDomain(domain));
    }

    private AgentGuest Guest() => AgentGuest.OfSocket(_agent.Path, TimeSpan.FromSeconds(20));

    private static GuestCommand Patient(string told) => new("/bin/sh", "-c", "trap 'echo >\"$1\"; kill $!; exit 0' TERM; sleep 60 >/dev/null 2>&1 & wait", "sh", told);
}
