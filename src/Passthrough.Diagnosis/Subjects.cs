using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis;

/// <summary>What is judged: the machine, and which of its functions are candidates for assignment.</summary>
/// <param name="Model">The machine.</param>
/// <param name="Candidates">Functions that group and device checks judge; empty means these checks are notes.</param>
/// <param name="Profile">The intent, where the user named one.</param>
/// <param name="Today">The day of judging.</param>
public sealed record Subjects(HostModel Model, IReadOnlyList<PciDevice> Candidates, Profile? Profile, DateOnly Today)
{
    /// <summary>Why further functions may be candidates, a sentence with what to do to know; null when all candidates are known.</summary>
    public string? UnseenCandidates { get; init; }
}

/// <summary>What the guest is for.</summary>
public enum Profile
{
    /// <summary>GPU guests (class 03).</summary>
    Gpu,

    /// <summary>Network guests (class 02).</summary>
    Nic,

    /// <summary>NVMe guests (class 0108).</summary>
    Nvme,

    /// <summary>Real-time guests.</summary>
    Realtime,
}
