namespace Passthrough.Diagnosis.Grouping;

/// <summary>Whether the kernel takes a function for one that keeps peers apart (pci_acs_enabled with SV, RR, CR and UF).</summary>
public enum AcsState
{
    /// <summary>It does.</summary>
    Isolates,

    /// <summary>It does not.</summary>
    Joins,

    /// <summary>Its registers say no, and the kernel's list of devices that isolate without ACS may say yes.</summary>
    MayBeListed,

    /// <summary>Its registers were not read.</summary>
    NotRead,
}

/// <summary>One function judged for isolation.</summary>
/// <param name="Address">The function.</param>
/// <param name="Role">What it is: "root port", "downstream port", "endpoint" …</param>
/// <param name="State">The judgement.</param>
/// <param name="Capability">ACS capability register, null where it has none or was not read.</param>
/// <param name="Control">ACS control register, null where it has none or was not read.</param>
/// <param name="Why">The reason in words that follow "it": "has no ACS capability".</param>
public sealed record AcsHop(Host.Pci.PciAddress Address, string Role, AcsState State, ushort? Capability, ushort? Control, string Why);
