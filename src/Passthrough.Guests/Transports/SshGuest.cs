using System.Globalization;
using System.Text;
using CliWrap;
using Passthrough.Guests.Qemu;

namespace Passthrough.Guests.Transports;

/// <summary>
/// A guest behind the OpenSSH client: one connection that all commands share. The client runs in a session of its own, so that Ctrl-C at the
/// terminal reaches this process alone, which then ends the command at the other end in order.
/// </summary>
public sealed class SshGuest : IGuest
{
    /// <summary>Exit code of the client's own failures (ssh(1)).</summary>
    private const int OwnFailure = 255;
    private const int LongestOutput = 64 << 20;
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(30);

    // Without it a configuration could have a command become the shared connection itself.
    private static readonly string[] s_shared = ["-o", "ControlMaster=no"];
    private readonly SshTarget _target;
    private readonly string _folder;

    private SshGuest(SshTarget target, string folder)
    {
        _target = target;
        _folder = folder;
    }

    /// <inheritdoc />
    public string Name => _target.Destination + " (ssh)";

    /// <inheritdoc />
    public bool IsThrownAway => false;

    private string ControlPath => Path.Combine(_folder, "c");

    /// <summary>Connects; the connection ends with <see cref="DisposeAsync"/>, or a minute after this process was killed.</summary>
    /// <exception cref="GuestException">The client is not installed, the guest does not answer, its key is not the known one, or it lets us not in.</exception>
    public static async Task<SshGuest> ConnectAsync(SshTarget target, CancellationToken cancel)
    {
        if (SshTarget.WhyNot(target.Destination) is { } why)
        {
            throw new GuestException($"'{target.Destination}': {why}.");
        }

        // A short path: the socket's name has room for 108 characters (unix(7)), of which the client takes some for itself.
        var guest = new SshGuest(target, Directory.CreateTempSubdirectory("ptdiag-ssh-").FullName);
        try
        {
            // -f: returns once the connection stands, and leaves it in the background.
            Ended end = await guest.ClientAsync(["-M", "-N", "-f", "-o", "ControlPersist=60"], null, PipeSource.Null, TimeSpan.FromSeconds(60), cancel).ConfigureAwait(false);
            if (end.ExitCode != 0)
            {
                throw new GuestException(SshTarget.Sentence(target.Destination, end.Error));
            }

            return guest;
        }
        catch
        {
            await guest.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc />
    public async Task<GuestRun> RunAsync(GuestCommand command, CancellationToken cancel)
    {
        using var time = new CancellationTokenSource(command.Timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration onEnd = either.Token.Register(() => end.TrySetResult());

        // The other end's standard input stays open until the program has to end.
        PipeSource held = PipeSource.Create(async (_, done) => await end.Task.WaitAsync(done).ConfigureAwait(false));
        Ended ended = await ClientAsync(s_shared, RemoteShell.Line(command.Arguments), held, command.Timeout + s_grace, cancel, gently: true).ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
        if (time.IsCancellationRequested)
        {
            throw new GuestException(string.Create(CultureInfo.InvariantCulture,
                $"{command.Arguments[0]} in {Name} did not end within {command.Timeout.TotalSeconds:0.#} s and was told to end."));
        }

        return ended.ExitCode == OwnFailure
            ? throw new GuestException(SshTarget.Sentence(_target.Destination, ended.Error))
            : new GuestRun(ended.ExitCode, Encoding.UTF8.GetString(ended.Output), ended.Error);
    }

    /// <inheritdoc />
    public async Task PutAsync(string path, ReadOnlyMemory<byte> content, bool executable, CancellationToken cancel)
    {
        string line = RemoteShell.Script("umask 077; cat >\"$1\" && chmod \"$2\" \"$1\"", [path, executable ? "700" : "600"]);
        Ended end = await ClientAsync(s_shared, line, PipeSource.FromBytes(content.ToArray()), TimeSpan.FromMinutes(10), cancel).ConfigureAwait(false);
        Check(end, $"{path} could not be written in");
    }

    /// <inheritdoc />
    public async Task<byte[]> FetchAsync(string path, CancellationToken cancel)
    {
        Ended end = await ClientAsync(s_shared, RemoteShell.Script("exec cat -- \"$1\"", [path]), PipeSource.Null, TimeSpan.FromMinutes(10), cancel).ConfigureAwait(false);
        Check(end, $"{path} could not be read in");
        return end.Output;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!Directory.Exists(_folder))
        {
            return;
        }

        try
        {
            if (File.Exists(ControlPath))
            {
                await ClientAsync(["-O", "exit"], null, PipeSource.Null, TimeSpan.FromSeconds(10), CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (GuestException)
        {
            // The connection ends by itself a minute later.
        }

        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // The socket may vanish under our hands.
        }
    }

    private void Check(Ended end, string what)
    {
        if (end.ExitCode == OwnFailure)
        {
            throw new GuestException(SshTarget.Sentence(_target.Destination, end.Error));
        }

        if (end.ExitCode != 0)
        {
            throw new GuestException($"{what} {Name}: {OneLine.Last(end.Error) ?? "nothing was said"}.");
        }
    }

    /// <summary>One start of the client. Gently: when cancelled, its input has ended and it is given time before it is killed.</summary>
    private async Task<Ended> ClientAsync(IReadOnlyList<string> more, string? line, PipeSource input, TimeSpan limit, CancellationToken cancel, bool gently = false)
    {
        cancel.ThrowIfCancellationRequested();
        if (HostPrograms.Find("ssh") is not { } ssh)
        {
            throw new GuestException("The program ssh was not found; on Debian: apt-get install openssh-client.");
        }

        IReadOnlyList<string> words = HostPrograms.InOwnSession(ssh,
            [.. _target.Options(ControlPath), .. more, "--", _target.Destination, .. line is null ? [] : (string[])[line]]);
        var output = new OutputBuffer(LongestOutput);
        var error = new OutputBuffer(LongestOutput);
        Command command = Cli.Wrap(words[0])
            .WithArguments(words.Skip(1))
            .WithEnvironmentVariables(variables => variables.Set("LC_ALL", "C"))
            .WithValidation(CommandResultValidation.None)
            .WithStandardInputPipe(input)
            .WithStandardOutputPipe(output.Target)
            .WithStandardErrorPipe(error.Target);
        using var kill = new CancellationTokenSource(limit);
        using CancellationTokenRegistration onCancel = cancel.Register(() => kill.CancelAfter(gently ? s_grace : TimeSpan.Zero));
        try
        {
            CommandResult result = await command.ExecuteAsync(kill.Token).ConfigureAwait(false);
            return new Ended(result.ExitCode, output.Bytes, Encoding.UTF8.GetString(error.Bytes));
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            throw new GuestException(string.Create(CultureInfo.InvariantCulture, $"ssh did not answer for {_target.Destination} within {limit.TotalSeconds:0} s and was ended."));
        }
    }

    private sealed record Ended(int ExitCode, byte[] Output, string Error);
}
