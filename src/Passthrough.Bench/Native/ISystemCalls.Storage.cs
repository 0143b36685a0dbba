namespace Passthrough.Bench.Native;

/// <content>Calls of the storage workloads.</content>
internal partial interface ISystemCalls
{
    /// <summary>statx(2), links followed: 0 and what is behind the path, or -errno. Nothing is opened by it.</summary>
    int Status(string path, out PathStatus status);
}
