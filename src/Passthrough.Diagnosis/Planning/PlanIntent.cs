using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Planning;

/// <summary>What the user means to do with a machine, beyond mending what its audit found.</summary>
public sealed record PlanIntent
{
    /// <summary>Functions that are to be given away.</summary>
    public IReadOnlyList<PciAddress> Devices { get; init; } = [];

    /// <summary>What the guests are for; null where it was not said.</summary>
    public Profile? Profile { get; init; }

    /// <summary>Physical functions, and how many virtual functions each is to have.</summary>
    public IReadOnlyList<(PciAddress Function, int Count)> VirtualFunctions { get; init; } = [];

    /// <summary>Functions whose groups are to have another default domain: DMA, DMA-FQ or identity.</summary>
    public IReadOnlyList<(PciAddress Function, string Type)> GroupTypes { get; init; } = [];

    /// <summary>The user who starts guests by hand and is to lock their memory; null for nobody.</summary>
    public string? User { get; init; }
}
