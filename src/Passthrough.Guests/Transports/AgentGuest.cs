using System.Globalization;
using System.Text;

namespace Passthrough.Guests.Transports;

/// <summary>
/// A guest behind the QEMU guest agent: no network and no account in the guest is needed. Programs run as the agent does, in general as root.
/// </summary>
public sealed class AgentGuest : IGuest
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(30);

    // Each look wakes the guest: seldom enough to be no work, often enough not to be waited for.
    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);
    private readonly IAgentChannel _channel;

    internal AgentGuest(IAgentChannel channel) => _channel = channel;

    /// <inheritdoc />
    public string Name => _channel.Name;

    /// <inheritdoc />
    public bool IsThrownAway => false;

    /// <summary>The agent behind the unix socket of a guest's port org.qemu.guest_agent.0.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="patience">How long one answer may take; null: 20 s.</param>
    public static AgentGuest OfSocket(string path, TimeSpan? patience = null) => new(new AgentSocket(path, patience ?? TimeSpan.FromSeconds(20)));

    /// <summary>The agent of a libvirt domain.</summary>
    /// <exception cref="GuestException">It is no name of a domain.</exception>
    public static AgentGuest OfDomain(string domain) =>
        WhyNoDomain(domain) is { } why ? throw new GuestException($"'{domain}': {why}.") : new AgentGuest(new AgentOfDomain(domain));

    /// <summary>Why this is no domain's name, or null.</summary>
    public static string? WhyNoDomain(string domain) => AgentOfDomain.WhyNot(domain);

    /// <inheritdoc />
    public async Task<GuestRun> RunAsync(GuestCommand command, CancellationToken cancel)
    {
        if (command.Arguments.Count == 0)
        {
            throw new GuestException("A guest needs a command of at least one word.");
        }

        AgentReply started = await AskAsync(AgentRequest.Execute(command.Arguments), $"{command.Arguments[0]} could not be started", cancel).ConfigureAwait(false);
        long process = started.Number("pid") ?? throw NoAgent();
        using var time = new CancellationTokenSource(command.Timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
        try
        {
            return await EndAsync(process, command.Quiet, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await StopAsync(process).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            throw new GuestException(string.Create(CultureInfo.InvariantCulture,
                $"{command.Arguments[0]} in {Name} did not end within {command.Timeout.TotalSeconds:0.#} s and was told to end."));
        }
    }

    /// <inheritdoc />
    public async Task PutAsync(string path, ReadOnlyMemory<byte> content, bool executable, CancellationToken cancel)
    {
        long handle = (await AskAsync(AgentRequest.Open(path, "w"), $"{path} could not be written", cancel).ConfigureAwait(false)).Number() ?? throw NoAgent();
        try
        {
            for (int done = 0; done < content.Length;)
            {
                int count = Math.Min(_channel.ChunkBytes, content.Length - done);
                AgentReply written = await AskAsync(AgentRequest.Write(handle, content.Span.Slice(done, count)), $"{path} could not be written", cancel).ConfigureAwait(false);
                done += written.Number("count") is { } taken and > 0 && taken <= count ? (int)taken : throw NoAgent();
            }
        }
        catch
        {
            await CloseQuietlyAsync(handle).ConfigureAwait(false);
            throw;
        }

        // The buffer of the guest's C library is written now: a full disk is told here at the latest.
        await AskAsync(AgentRequest.Close(handle), $"{path} could not be written", cancel).ConfigureAwait(false);
        GuestRun mode = await RunAsync(new GuestCommand("chmod", executable ? "700" : "600", path), cancel).ConfigureAwait(false);
        if (mode.ExitCode != 0)
        {
            throw new GuestException($"The mode of {path} in {Name} could not be set: {OneLine.Last(mode.Error) ?? "nothing was said"}.");
        }
    }

    /// <inheritdoc />
    public async Task<byte[]> FetchAsync(string path, CancellationToken cancel)
    {
        long handle = (await AskAsync(AgentRequest.Open(path, "r"), $"{path} could not be read", cancel).ConfigureAwait(false)).Number() ?? throw NoAgent();
        try
        {
            using var content = new MemoryStream();
            bool ended = false;
            while (!ended)
            {
                AgentReply part = await AskAsync(AgentRequest.Read(handle, _channel.ChunkBytes), $"{path} could not be read", cancel).ConfigureAwait(false);
                byte[] bytes = part.Bytes("buf-b64");
                content.Write(bytes);
                ended = part.Flag("eof") ?? throw NoAgent();
                if (!ended && bytes.Length == 0)
                {
                    throw NoAgent();
                }
            }

            return content.ToArray();
        }
        finally
        {
            await CloseQuietlyAsync(handle).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    /// <summary>Waits for the end of a program and takes its output, which the agent gives once.</summary>
    private async Task<GuestRun> EndAsync(long process, TimeSpan quiet, CancellationToken cancel)
    {
        TimeSpan pause = s_firstLook;
        await Task.Delay(quiet, cancel).ConfigureAwait(false);
        while (true)
        {
            await Task.Delay(pause, cancel).ConfigureAwait(false);
            AgentReply status = await AskAsync(AgentRequest.Status(process), "the state of a program could not be asked for", cancel).ConfigureAwait(false);
            if (status.Flag("exited") ?? throw NoAgent())
            {
                if (status.Flag("out-truncated") == true)
                {
                    throw new GuestException($"The agent of {Name} cut the output of a program off.");
                }

                // 128 + n, as a shell tells of a signal.
                long code = status.Number("exitcode") ?? (128 + (status.Number("signal") ?? throw NoAgent()));
                return new GuestRun((int)Math.Clamp(code, int.MinValue, int.MaxValue), Encoding.UTF8.GetString(status.Bytes("out-data")), Encoding.UTF8.GetString(status.Bytes("err-data")));
            }

            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    /// <summary>Tells a program to end and waits until it has; where it does not, it is killed. The process number is the guest's own.</summary>
    private async Task StopAsync(long process)
    {
        foreach (string signal in (string[])["TERM", "KILL"])
        {
            using var grace = new CancellationTokenSource(s_grace);
            try
            {
                await AskAsync(AgentRequest.Execute(["/bin/sh", "-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {process}")]),
                    "a program could not be told to end", grace.Token).ConfigureAwait(false);
                await EndAsync(process, TimeSpan.Zero, grace.Token).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException)
            {
                // The next signal.
            }
            catch (GuestException)
            {
                return;
            }
        }
    }

    // Where something else has gone wrong already, or nothing can any more.
    private async Task CloseQuietlyAsync(long handle)
    {
        try
        {
            using var grace = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await _channel.AskAsync(AgentRequest.Close(handle), grace.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is GuestException or OperationCanceledException)
        {
            // The agent closes its files when it ends.
        }
    }

    private async Task<AgentReply> AskAsync(byte[] request, string what, CancellationToken cancel)
    {
        AgentReply reply = await _channel.AskAsync(request, cancel).ConfigureAwait(false);
        return reply.ErrorClass switch
        {
            null => reply,
            "CommandNotFound" => throw new GuestException($"The agent of {Name} does not do what is needed ({OneLine.Clean(reply.ErrorText ?? "")}): allow guest-exec, guest-exec-status and guest-file-* in the guest's qemu-ga.conf (or RHEL's /etc/sysconfig/qemu-ga)."),
            _ => throw new GuestException($"In {Name}, {what}: {OneLine.Clean(reply.ErrorText ?? "")}."),
        };
    }

    private GuestException NoAgent() => new($"What {Name} answers is not what a guest agent answers.");
}
