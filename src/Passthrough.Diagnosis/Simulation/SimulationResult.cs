using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Simulation;

/// <summary>What would happen if functions were given to a guest.</summary>
public sealed record SimulationResult
{
    /// <summary>The functions that were asked for.</summary>
    public required IReadOnlyList<PciAddress> Requested { get; init; }

    /// <summary>Whether it can be done.</summary>
    public required SimulationOutcome Outcome { get; init; }

    /// <summary>What forbids it; empty unless the outcome is <see cref="SimulationOutcome.Stop"/>.</summary>
    public required IReadOnlyList<SimulationStop> Stops { get; init; }

    /// <summary>What would have to be known first.</summary>
    public required IReadOnlyList<SimulationUnknown> Unknowns { get; init; }

    /// <summary>Every function that must leave the host, the requested ones first.</summary>
    public required IReadOnlyList<LeavingFunction> Leaving { get; init; }

    /// <summary>The groups they are in.</summary>
    public required IReadOnlyList<GroupOutlook> Groups { get; init; }

    /// <summary>How each requested function would be reset between guests.</summary>
    public required IReadOnlyList<ResetOutlook> Resets { get; init; }

    /// <summary>What the host would lose.</summary>
    public required IReadOnlyList<HostLoss> Losses { get; init; }

    /// <summary>Whether interrupts are remapped; Unknown where it could not be seen.</summary>
    public required TriState InterruptRemapping { get; init; }

    /// <summary>Remarks that neither stop it nor leave it open.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>The answer of a simulation.</summary>
public enum SimulationOutcome
{
    /// <summary>Nothing that was seen stands against it, and everything that could was seen.</summary>
    Possible,

    /// <summary>It must not or cannot be done as asked.</summary>
    Stop,

    /// <summary>Something that could stand against it was not seen.</summary>
    Unknown,
}

/// <summary>A reason not to do it.</summary>
/// <param name="Kind">What kind of reason.</param>
/// <param name="Address">The function it is about, null for the whole machine.</param>
/// <param name="Sentence">The reason.</param>
/// <param name="WayOut">What to do instead.</param>
public sealed record SimulationStop(StopKind Kind, PciAddress? Address, string Sentence, string WayOut);

/// <summary>Kinds of reasons to stop.</summary>
public enum StopKind
{
    /// <summary>The host would lose what it runs on: its root file system, swap, default route.</summary>
    BootCritical,

    /// <summary>The host uses it otherwise: a mounted file system, a member of a volume or bridge.</summary>
    InUse,

    /// <summary>A bridge or port cannot be given away.</summary>
    Bridge,

    /// <summary>There is no group: no IOMMU translates for it.</summary>
    NoGroup,

    /// <summary>Firmware demands a fixed mapping.</summary>
    ReservedRegion,

    /// <summary>The group would not be viable even then.</summary>
    NotViable,

    /// <summary>Interrupts are not remapped.</summary>
    InterruptRemapping,
}

/// <summary>Something to know first.</summary>
/// <param name="Kind">About what.</param>
/// <param name="Address">The function it is about, null for the whole machine.</param>
/// <param name="Sentence">What was not seen and what to do to know.</param>
public sealed record SimulationUnknown(UnknownKind Kind, PciAddress? Address, string Sentence);

/// <summary>What was not seen.</summary>
public enum UnknownKind
{
    /// <summary>The host's use.</summary>
    Use,

    /// <summary>The group or one of its members.</summary>
    Group,

    /// <summary>A driver.</summary>
    Driver,

    /// <summary>How it resets.</summary>
    Reset,

    /// <summary>Reserved regions.</summary>
    ReservedRegions,

    /// <summary>Interrupt remapping.</summary>
    InterruptRemapping,
}

/// <summary>A function that must leave the host.</summary>
/// <param name="Address">The function.</param>
/// <param name="Reason">Why.</param>
/// <param name="BecauseOf">The function that takes it along; itself for a requested one.</param>
/// <param name="Driver">Its driver now, null where none is bound or it was not seen.</param>
/// <param name="MustUnbind">True when the host's driver must let it go; null where the driver was not seen.</param>
public sealed record LeavingFunction(PciAddress Address, LeavingReason Reason, PciAddress BecauseOf, string? Driver, bool? MustUnbind);

/// <summary>Why a function leaves.</summary>
public enum LeavingReason
{
    /// <summary>It was asked for.</summary>
    Requested,

    /// <summary>It shares a group.</summary>
    GroupMate,

    /// <summary>It is reset together with one that cannot be reset alone.</summary>
    ResetTogether,

    /// <summary>It is a virtual function of one that leaves.</summary>
    VirtualFunction,
}

/// <summary>A group before and after.</summary>
/// <param name="Id">The group's number.</param>
/// <param name="ViableBefore">VFIO would open it now; null where that is not known.</param>
/// <param name="ViableAfter">VFIO would open it once everything leaves; null where that is not known.</param>
/// <param name="Staying">Members that stay with the host: bridges and ports.</param>
public sealed record GroupOutlook(string Id, bool? ViableBefore, bool? ViableAfter, IReadOnlyList<PciAddress> Staying);

/// <summary>How a function would be reset.</summary>
/// <param name="Address">The function.</param>
/// <param name="Methods">reset_method's words; null where they were not seen.</param>
/// <param name="Alone">It can be reset without others; null where that is not known.</param>
/// <param name="Along">Functions that a bus reset takes along.</param>
public sealed record ResetOutlook(PciAddress Address, IReadOnlyList<string>? Methods, bool? Alone, IReadOnlyList<PciAddress> Along);

/// <summary>Something the host would lose.</summary>
/// <param name="Address">The function that carries it.</param>
/// <param name="Use">The use, in words.</param>
/// <param name="BootCritical">The host cannot run or be reached without it.</param>
public sealed record HostLoss(PciAddress Address, string Use, bool BootCritical);
