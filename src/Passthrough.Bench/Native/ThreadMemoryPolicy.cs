namespace Passthrough.Bench.Native;

/// <summary>For memory that another library allocates: while it stands, the calling thread's pages come from one node. Source: set_mempolicy(2).</summary>
internal sealed class ThreadMemoryPolicy : IDisposable
{
    private readonly ISystemCalls _system;

    private ThreadMemoryPolicy(ISystemCalls system) => _system = system;

    /// <summary>Binds the thread to a node; null, and nothing done, without one.</summary>
    public static ThreadMemoryPolicy? Bind(ISystemCalls system, int? node)
    {
        if (node is not { } number)
        {
            return null;
        }

        Span<ulong> mask = stackalloc ulong[16];
        mask.Clear();
        mask[(number >> 6) & 15] = 1UL << (number & 63);
        int result = number < mask.Length * 64 ? system.SetMemoryPolicy(LinuxFlags.PolicyBind, mask) : -Errno.EINVAL;
        return result == 0 ? new ThreadMemoryPolicy(system) : throw Failure.Of("set_mempolicy", $"node {number}", result, result switch
        {
            -Errno.EINVAL => "the node does not exist, has no memory or is not allowed to this process (cpuset)",
            -Errno.ENOSYS => "this kernel is built without NUMA support",
            _ => null,
        });
    }

    /// <summary>Gives the thread the default policy back.</summary>
    public void Dispose() => _ = _system.SetMemoryPolicy(LinuxFlags.PolicyDefault, []);
}
