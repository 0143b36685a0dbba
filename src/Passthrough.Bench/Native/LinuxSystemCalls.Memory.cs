using Tmds.Linux;

namespace Passthrough.Bench.Native;

/// <summary>Calls about where memory lies.</summary>
internal sealed unsafe partial class LinuxSystemCalls
{
    private static int SetMemoryPolicyNumber => IsX64 ? 238 : 237;

    /// <inheritdoc />
    public int SetMemoryPolicy(int mode, ReadOnlySpan<ulong> nodes)
    {
        // Safe: the mask is pinned; the kernel reads maxnode - 1 bits of it (mm/mempolicy.c, get_nodes), none of an empty one.
        fixed (ulong* mask = nodes)
        {
            return Result((long)LibC.syscall(SetMemoryPolicyNumber, mode, (void*)mask, nodes.IsEmpty ? 0 : (nodes.Length * 64) + 1));
        }
    }
}
