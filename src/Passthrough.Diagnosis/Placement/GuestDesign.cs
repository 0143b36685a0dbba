using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Placement;

/// <summary>A guest worked out for this host: where it lies and how its functions are attached.</summary>
public sealed record GuestDesign
{
    /// <summary>Its CPUs and memory.</summary>
    public required GuestPlacement Placement { get; init; }

    /// <summary>The functions, those that were asked for and those that have to come along.</summary>
    public required IReadOnlyList<DesignedFunction> Functions { get; init; }

    /// <summary>The 64-bit window of PCI, bytes; null where QEMU's default of 32 GiB is enough.</summary>
    public long? PciHole64Bytes { get; init; }

    /// <summary>What stands against it, each a sentence with the way out.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>What a reader should know.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The guest can be made as it is.</summary>
    public bool IsPossible => Problems.Count == 0;
}

/// <summary>A function and its place in the guest.</summary>
/// <param name="Address">On the host.</param>
/// <param name="Port">The root port of the guest, from 1; functions of one card share one.</param>
/// <param name="Function">Its number behind the port.</param>
/// <param name="IsMultifunction">It is function 0 of several.</param>
/// <param name="IsVirtualNic">A virtual function of a network card, which libvirt gives as an interface and so can set its MAC address and VLAN.</param>
public sealed record DesignedFunction(PciAddress Address, int Port, int Function, bool IsMultifunction, bool IsVirtualNic);
