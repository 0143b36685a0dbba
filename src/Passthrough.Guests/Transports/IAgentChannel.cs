namespace Passthrough.Guests.Transports;

/// <summary>A way to one guest's agent: a request goes out, its reply comes back.</summary>
internal interface IAgentChannel : IAsyncDisposable
{
    /// <summary>What the guest is called in sentences.</summary>
    string Name { get; }

    /// <summary>Bytes of a file that fit into one request or reply.</summary>
    int ChunkBytes { get; }

    /// <summary>Sends one request, a JSON text on one line, and returns its reply, an error of the agent among them.</summary>
    /// <exception cref="GuestException">No agent answers, or what answers is none.</exception>
    Task<AgentReply> AskAsync(byte[] request, CancellationToken cancel);
}
