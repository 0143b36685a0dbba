namespace Passthrough.Bench.Native;

/// <summary>Calls about where memory lies.</summary>
internal partial interface ISystemCalls
{
    /// <summary>set_mempolicy(2) of the calling thread; the mask is one 64-bit word per 64 nodes, empty for none.</summary>
    int SetMemoryPolicy(int mode, ReadOnlySpan<ulong> nodes);
}
