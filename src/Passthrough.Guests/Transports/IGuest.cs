namespace Passthrough.Guests.Transports;

/// <summary>A guest that runs and can be reached: commands are run in it, files are copied in and out. Disposing lets go of it.</summary>
public interface IGuest : IAsyncDisposable
{
    /// <summary>What it is called in sentences, for example "root@vm1 (ssh)".</summary>
    string Name { get; }

    /// <summary>The guest is thrown away with everything in it when it is let go, so that nothing has to be removed from it.</summary>
    bool IsThrownAway { get; }

    /// <summary>
    /// Runs a program to its end; its standard input is empty. When the time is over or <paramref name="cancel"/> fires, the program is asked
    /// to end (SIGTERM) and given time to take back what it changed before the call throws.
    /// </summary>
    /// <exception cref="GuestException">The guest could not be reached, or the program took too long.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the program has ended, unless the guest could not be reached any more.</exception>
    Task<GuestRun> RunAsync(GuestCommand command, CancellationToken cancel);

    /// <summary>Writes a file into a folder that exists in the guest, replacing one of that name.</summary>
    /// <param name="path">Absolute path in the guest.</param>
    /// <param name="content">The whole content.</param>
    /// <param name="executable">The owner may run it.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="GuestException">The guest could not be reached, or the file could not be written.</exception>
    Task PutAsync(string path, ReadOnlyMemory<byte> content, bool executable, CancellationToken cancel);

    /// <summary>The content of a file in the guest.</summary>
    /// <exception cref="GuestException">The guest could not be reached, or the file could not be read.</exception>
    Task<byte[]> FetchAsync(string path, CancellationToken cancel);
}

/// <summary>A program to run in a guest.</summary>
/// <param name="Arguments">The program and its arguments, as they are: no shell splits or expands them.</param>
public sealed record GuestCommand(params IReadOnlyList<string> Arguments)
{
    /// <summary>How long it may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>For so long the guest is left alone after the start, because it measures: nothing is asked of it meanwhile.</summary>
    public TimeSpan Quiet { get; init; }
}

/// <summary>How a program in a guest ended.</summary>
/// <param name="ExitCode">Its exit code; 128 + n when signal n ended it.</param>
/// <param name="Output">Standard output as UTF-8.</param>
/// <param name="Error">Standard error as UTF-8.</param>
public sealed record GuestRun(int ExitCode, string Output, string Error);
