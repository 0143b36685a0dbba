namespace Passthrough.Guests;

/// <summary>What a lab guest is to run, as root, in the folder <c>/out</c>.</summary>
public sealed record LabCommand
{
    /// <summary>The program and its arguments, as they are: no shell splits or expands them.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>
    /// A single file on this machine that the guest gets as <c>/usr/local/bin/ptdiag</c>, or null. Files beside it are not taken
    /// along.
    /// </summary>
    public string? AgentPath { get; init; }

    /// <summary>Files placed in the guest's <c>/out</c> before the command starts: relative path → content.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>How long the guest may take from power-on to power-off.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Hears every line of the command's output and error output while it runs, from a thread of the pool, one line at a time.
    /// </summary>
    public Action<string>? OnOutput { get; init; }
}
