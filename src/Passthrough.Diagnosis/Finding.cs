namespace Passthrough.Diagnosis;

/// <summary>One judgement about one subject.</summary>
public sealed record Finding
{
    /// <summary>Id of the check, stable for ever: "IOM-001".</summary>
    public required string Id { get; init; }

    /// <summary>The check's title.</summary>
    public required string Title { get; init; }

    /// <summary>The check's section.</summary>
    public required Section Section { get; init; }

    /// <summary>How much it matters when it fails.</summary>
    public required Severity Severity { get; init; }

    /// <summary>The judgement.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary><c>host</c>, a BDF, <c>group:N</c>, <c>node:N</c>, <c>domain:NAME</c> or <c>token:TEXT</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>What was seen, in one or two sentences. An Unknown always says what to do to know.</summary>
    public required string Message { get; init; }

    /// <summary>What it rests on.</summary>
    public IReadOnlyList<Citation> Evidence { get; init; } = [];

    /// <summary>What to do; empty for a Pass.</summary>
    public IReadOnlyList<Remedy> Remedy { get; init; } = [];

    /// <summary>Kernel documents, specifications.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>Why it is waived, where a waiver applies.</summary>
    public string? Waived { get; init; }
}

/// <summary>A place in the evidence: file, 1-based line where one matters, and the text.</summary>
public sealed record Citation(string Path, int? Line, string? Excerpt);

/// <summary>One thing to do: a sentence, and the command where there is one.</summary>
public sealed record Remedy(string Text, string? Command = null);

/// <summary>The judgement. Unknown is never healthy and never absent.</summary>
public enum Verdict
{
    /// <summary>Healthy, proven.</summary>
    Pass,

    /// <summary>Worth knowing.</summary>
    Note,

    /// <summary>Unhealthy in some uses.</summary>
    Warn,

    /// <summary>Unhealthy.</summary>
    Fail,

    /// <summary>The evidence could not be seen.</summary>
    Unknown,

    /// <summary>Does not apply to this machine.</summary>
    NotApplicable,
}

/// <summary>How much a failure matters.</summary>
public enum Severity
{
    /// <summary>Blocks assignment.</summary>
    Critical,

    /// <summary>High.</summary>
    High,

    /// <summary>Medium.</summary>
    Medium,

    /// <summary>Low.</summary>
    Low,

    /// <summary>Informative.</summary>
    Info,
}

/// <summary>Sections in the order a report shows them.</summary>
public enum Section
{
    /// <summary>Quality of the evidence (ENV).</summary>
    Environment,

    /// <summary>Firmware (FW).</summary>
    Firmware,

    /// <summary>Kernel build (KRN).</summary>
    KernelBuild,

    /// <summary>Command line (CMD).</summary>
    CommandLine,

    /// <summary>Modules (MOD).</summary>
    Modules,

    /// <summary>IOMMU at run time (IOM).</summary>
    Iommu,

    /// <summary>Groups (GRP).</summary>
    Groups,

    /// <summary>Interrupts (IRQ).</summary>
    Interrupts,

    /// <summary>Devices (DEV).</summary>
    Devices,

    /// <summary>Reset (RST).</summary>
    Reset,

    /// <summary>BARs (BAR).</summary>
    MemoryWindows,

    /// <summary>SR-IOV (SRV).</summary>
    Sriov,

    /// <summary>NUMA (NUM).</summary>
    Numa,

    /// <summary>Huge pages and limits (HUG, MEM, LIM).</summary>
    Memory,

    /// <summary>CPU and host tuning (CPU).</summary>
    Cpu,

    /// <summary>Guest XML (VIRT).</summary>
    Guest,

    /// <summary>Security (SEC).</summary>
    Security,
}
