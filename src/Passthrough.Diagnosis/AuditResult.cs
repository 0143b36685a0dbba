using Passthrough.Host.Model;

namespace Passthrough.Diagnosis;

/// <summary>The whole judgement of one machine.</summary>
public sealed record AuditResult
{
    /// <summary>The machine that was judged.</summary>
    public required HostModel Model { get; init; }

    /// <summary>The day of judging, an input.</summary>
    public required DateOnly Today { get; init; }

    /// <summary>Findings in catalogue order, subjects in order.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Every finding that was made, also those that <see cref="AuditOptions.Only"/> leaves out: what readiness rests on.</summary>
    public IReadOnlyList<Finding> AllFindings { get => _all ?? Findings; init => _all = value; }

    /// <summary>Yes, No or Unknown as the contract defines them.</summary>
    public required Readiness Ready { get; init; }

    /// <summary>State of the IOMMU as the contract defines it.</summary>
    public required IommuSummary Iommu { get; init; }

    /// <summary>The first broken rung; null when none is broken.</summary>
    public required Cause? Cause { get; init; }

    private readonly IReadOnlyList<Finding>? _all;

    /// <summary>How many findings have a verdict.</summary>
    public int Count(Verdict verdict) => Findings.Count(finding => finding.Verdict == verdict);
}

/// <summary>Is the machine ready?</summary>
public enum Readiness
{
    /// <summary>Nothing critical or high failed, and every critical check was answered.</summary>
    Yes,

    /// <summary>An unwaived Fail of severity critical or high.</summary>
    No,

    /// <summary>No such Fail, but a critical check is Unknown.</summary>
    Unknown,
}

/// <summary>iommu of the findings document.</summary>
/// <param name="State">active, inactive or unknown.</param>
/// <param name="Vendor">intel, amd, arm, virtio, none; null when not known.</param>
/// <param name="Units">Entries of /sys/class/iommu; null when not read.</param>
/// <param name="Groups">Real groups; null when not read.</param>
/// <param name="InterruptRemapping">on, off, unknown.</param>
public sealed record IommuSummary(TriState State, string? Vendor, int? Units, int? Groups, TriState InterruptRemapping);

/// <summary>Yes, no, or the evidence does not tell.</summary>
public enum TriState
{
    /// <summary>The evidence does not tell.</summary>
    Unknown,

    /// <summary>Active or on.</summary>
    Yes,

    /// <summary>Inactive or off.</summary>
    No,
}

/// <summary>The first broken rung of the ladder.</summary>
/// <param name="Rung">Which rung.</param>
/// <param name="FindingId">The finding that shows it.</param>
/// <param name="Sentence">The answer in one sentence, with what to do.</param>
/// <param name="Consequences">Ids of findings that follow from it.</param>
public sealed record Cause(Rung Rung, string FindingId, string Sentence, IReadOnlyList<string> Consequences);

/// <summary>The cause ladder, bottom first.</summary>
public enum Rung
{
    /// <summary>The CPU has no virtualisation, or firmware switched it off.</summary>
    Cpu,

    /// <summary>No IOMMU table from firmware.</summary>
    Firmware,

    /// <summary>The kernel lacks the driver.</summary>
    KernelBuild,

    /// <summary>The command line switches it off.</summary>
    CommandLine,

    /// <summary>The driver did not initialise.</summary>
    DriverInit,

    /// <summary>No unit registered.</summary>
    Units,

    /// <summary>Interrupt remapping is off.</summary>
    InterruptRemapping,

    /// <summary>Groups are missing or not viable.</summary>
    Groups,

    /// <summary>A device has no group or cannot be assigned.</summary>
    Device,

    /// <summary>The VFIO driver is missing or not bound.</summary>
    Driver,

    /// <summary>The guest's XML.</summary>
    Guest,
}

/// <summary>What the user asks to be judged.</summary>
public sealed record AuditOptions
{
    /// <summary>Candidates by address (<c>--device</c>).</summary>
    public IReadOnlyList<Host.Pci.PciAddress> Devices { get; init; } = [];

    /// <summary>Only these ids; empty: all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>The intent.</summary>
    public Profile? Profile { get; init; }

    /// <summary>The day of judging.</summary>
    public required DateOnly Today { get; init; }
}
