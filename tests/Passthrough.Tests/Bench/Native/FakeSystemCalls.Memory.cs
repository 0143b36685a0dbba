using Passthrough.Bench.Native;

namespace Passthrough.Tests.Bench.Native;

/// <summary>Calls about where memory lies.</summary>
internal sealed partial class FakeSystemCalls
{
    /// <summary>Answer to set_mempolicy.</summary>
    public int PolicyResult { get; set; }

    /// <summary>Answer to move_pages: the node of a page; null for "all on node 0".</summary>
    public Func<nint, int>? NodeOfPage { get; set; }

    public int SetMemoryPolicy(int mode, ReadOnlySpan<ulong> nodes)
    {
        Calls.Add($"set_mempolicy {mode} {(nodes.IsEmpty ? 0 : nodes[0])}");
        return mode == LinuxFlags.PolicyDefault ? 0 : PolicyResult;
    }
}
