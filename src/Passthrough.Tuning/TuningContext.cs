namespace Passthrough.Tuning;

/// <summary>What a session works with beyond the kernel's files, and in whose name.</summary>
public sealed record TuningContext
{
    /// <summary>Name of the plan whose steps are made; null for a run, which takes back what it changes.</summary>
    public string? Plan { get; init; }

    /// <summary>Files that outlast a boot.</summary>
    public IMachineFiles Files { get; init; } = new MachineFiles();

    /// <summary>Programs.</summary>
    public IBootTools Tools { get; init; } = new BootTools();
}
