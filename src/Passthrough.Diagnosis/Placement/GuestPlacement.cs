using Passthrough.Host.Cpu;

namespace Passthrough.Diagnosis.Placement;

/// <summary>Where a guest is to be: its CPUs and memory, and what of its wishes does not fit.</summary>
public sealed record GuestPlacement
{
    /// <summary>What was asked.</summary>
    public required GuestRequest Request { get; init; }

    /// <summary>The cells, one a node that the guest uses; none when nothing fits.</summary>
    public required IReadOnlyList<PlacedCell> Cells { get; init; }

    /// <summary>The host CPU of each virtual CPU, in order; empty when they do not fit.</summary>
    public required IReadOnlyList<int> VcpuPins { get; init; }

    /// <summary>Threads of a core that the guest is to see: as many as virtual CPUs share a real core.</summary>
    public required int ThreadsPerCore { get; init; }

    /// <summary>CPUs for QEMU's own threads.</summary>
    public required CpuSet EmulatorCpus { get; init; }

    /// <summary>CPUs for the threads of its disks.</summary>
    public required CpuSet IothreadCpus { get; init; }

    /// <summary>What does not fit, with the arithmetic; empty when all does.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>What a reader should know of the choice.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Everything fits.</summary>
    public bool Fits => Problems.Count == 0;
}

/// <summary>A part of a guest on one node.</summary>
/// <param name="Node">The host's node; null on a machine that shows none.</param>
/// <param name="FirstVcpu">Its first virtual CPU.</param>
/// <param name="Vcpus">How many.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="MissingHugePages">Pages of the guest's size that the node's pool has to get beyond the free ones.</param>
public sealed record PlacedCell(int? Node, int FirstVcpu, int Vcpus, long MemoryBytes, long MissingHugePages);
