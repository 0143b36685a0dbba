using System.Globalization;

namespace Passthrough.Guests.Transports;

/// <summary>A guest that the OpenSSH client reaches. Whatever is not said here follows the user's own configuration and agent.</summary>
/// <param name="Destination">[user@]host, or a name of the configuration.</param>
public sealed record SshTarget(string Destination)
{
    /// <summary>TCP port; null leaves it to the configuration.</summary>
    public int? Port { get; init; }

    /// <summary>Configuration file in place of the user's; null for the user's.</summary>
    public string? ConfigPath { get; init; }

    /// <summary>Private key; null leaves it to the configuration and the agent.</summary>
    public string? IdentityPath { get; init; }

    /// <summary>Why this is no destination for the client, or null: a word that begins with "-" would be read as an option.</summary>
    public static string? WhyNot(string destination) =>
        destination.Length == 0 || destination.StartsWith('-') || destination.Any(character => char.IsWhiteSpace(character) || char.IsControl(character))
            ? "it is no destination of ssh: write [user@]host"
            : null;

    /// <summary>
    /// Arguments before the destination. A key is never taken unseen and nothing is asked at a terminal, whatever the configuration says;
    /// a line that is dead is noticed after a minute. Source: ssh_config(5).
    /// </summary>
    /// <param name="controlPath">Socket of the connection that all commands share.</param>
    internal IReadOnlyList<string> Options(string controlPath)
    {
        List<string> options = [];
        if (ConfigPath is { } config)
        {
            options.AddRange(["-F", config]);
        }

        if (Port is { } port)
        {
            options.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        }

        if (IdentityPath is { } identity)
        {
            options.AddRange(["-i", identity]);
        }

        options.AddRange(
        [
            "-T", "-a", "-x",
            "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4",
            "-o", "ClearAllForwardings=yes", "-o", "PermitLocalCommand=no", "-o", "RemoteCommand=none", "-o", "LogLevel=ERROR",
            "-o", "ControlPath=" + controlPath.Replace("%", "%%", StringComparison.Ordinal),
        ]);
        return options;
    }

    /// <summary>The sentence for what the client said when it ended with its own exit code, 255. Pure.</summary>
    internal static string Sentence(string destination, string said)
    {
        if (said.Contains("REMOTE HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal))
        {
            return $"The host key of {destination} is not the one that known_hosts holds, so nothing was sent: find out why it changed before you remove the old key (ssh-keygen -R).";
        }

        if (said.Contains("Host key verification failed", StringComparison.Ordinal) || said.Contains("host key is known", StringComparison.Ordinal))
        {
            return $"The host key of {destination} is not known here, so nothing was sent: connect once by hand with ssh and compare the key's fingerprint with the guest's.";
        }

        if (said.Contains("Permission denied", StringComparison.Ordinal))
        {
            return $"{destination} lets nobody in without a password ({OneLine.Last(said)}): add a key to the agent or name one with 'identity', and put its public half into the guest's authorized_keys.";
        }

        return $"ssh does not reach {destination}: {OneLine.Last(said) ?? "the connection ended without a word"}.";
    }
}
