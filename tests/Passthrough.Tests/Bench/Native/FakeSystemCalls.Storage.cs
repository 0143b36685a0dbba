using Passthrough.Bench.Native;

namespace Passthrough.Tests.Bench.Native;

/// <content>Calls of the storage workloads.</content>
internal sealed partial class FakeSystemCalls
{
    /// <summary>What stands behind paths; what is missing does not exist.</summary>
    public Dictionary<string, PathStatus> Statuses { get; } = [];

    /// <summary>Hears the flags of each open.</summary>
    public Action<string, int>? OnOpenFlags { get; set; }

    public int Status(string path, out PathStatus status)
    {
        Calls.Add("statx " + path);
        return Statuses.TryGetValue(path, out status) ? 0 : -Errno.ENOENT;
    }
}
