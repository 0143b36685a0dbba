using System.Text;
using CliWrap;
using Passthrough.Guests.Qemu;

namespace Passthrough.Guests.Transports;

/// <summary>The agent of a libvirt domain, reached by <c>virsh qemu-agent-command</c>, which keeps both sides in step itself.</summary>
internal sealed class AgentOfDomain(string domain) : IAgentChannel
{
    private const int LongestReply = 64 << 20;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);

    /// <inheritdoc />
    public string Name => domain + " (guest agent)";

    /// <inheritdoc />
    /// <remarks>The request is one word of a command line, of which Linux takes 128 KiB (execve(2)); base64 makes four bytes of three.</remarks>
    public int ChunkBytes => 64 << 10;

    /// <summary>Why this is no domain's name, or null: a word that begins with "-" would be read as an option.</summary>
    public static string? WhyNot(string domain) => domain.Length == 0 || domain.StartsWith('-') || domain.Any(char.IsControl) ? "it is no name of a libvirt domain" : null;

    /// <inheritdoc />
    public async Task<AgentReply> AskAsync(byte[] request, CancellationToken cancel)
    {
        if (HostPrograms.Find("virsh") is not { } virsh)
        {
            throw new GuestException("The program virsh was not found; on Debian: apt-get install libvirt-clients.");
        }

        var output = new OutputBuffer(LongestReply);
        var error = new OutputBuffer(LongestReply);
        IReadOnlyList<string> words = HostPrograms.InOwnSession(virsh, ["qemu-agent-command", "--timeout", "30", "--domain", domain, "--cmd", Encoding.UTF8.GetString(request)]);
        Command command = Cli.Wrap(words[0])
            .WithArguments(words.Skip(1))
            .WithEnvironmentVariables(variables => variables.Set("LC_ALL", "C"))
            .WithValidation(CommandResultValidation.None)
            .WithStandardOutputPipe(output.Target)
            .WithStandardErrorPipe(error.Target);
        using var time = new CancellationTokenSource(s_patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
        try
        {
            CommandResult result = await command.ExecuteAsync(either.Token).ConfigureAwait(false);
            return result.ExitCode != 0 ? Refused(domain, Encoding.UTF8.GetString(error.Bytes))
                : AgentReply.TryParse(output.Bytes, out AgentReply reply) ? reply
                : throw new GuestException($"What virsh printed for {domain} is no reply of a guest agent.");
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            throw new GuestException($"virsh did not answer for {domain} within {s_patience.TotalSeconds:0} s and was ended.");
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>
    /// What virsh said instead of a reply. Example: "error: internal error: unable to execute QEMU agent command 'guest-exec': The command
    /// guest-exec has been disabled for this instance", an error of the agent; all else is one of the way to it.
    /// </summary>
    internal static AgentReply Refused(string domain, string said)
    {
        const string OfAgent = "unable to execute QEMU agent command ";
        string line = OneLine.Last(said) ?? "it said nothing";
        int at = line.IndexOf(OfAgent, StringComparison.Ordinal);
        int words = at < 0 ? -1 : line.IndexOf("': ", at + OfAgent.Length, StringComparison.Ordinal);
        if (words < 0)
        {
            string reason = line.StartsWith("error: ", StringComparison.Ordinal) ? line["error: ".Length..] : line;
            throw new GuestException($"virsh does not reach the agent of {domain}: {reason}.");
        }

        string text = line[(words + 3)..];
        bool unknown = text.Contains("has been disabled", StringComparison.Ordinal) || text.Contains("has not been found", StringComparison.Ordinal);
        return new AgentReply(default, unknown ? "CommandNotFound" : "GenericError", text);
    }
}
