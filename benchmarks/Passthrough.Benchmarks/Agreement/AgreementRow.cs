using Passthrough.Results.Agreeing;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>One comparison of the table.</summary>
internal sealed record AgreementRow
{
    /// <summary>Name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>Our workload.</summary>
    public required string Workload { get; init; }

    /// <summary>What it is held against.</summary>
    public required Reference Reference { get; init; }

    /// <summary>
    /// Parameters of both sides, ordinal order; words in braces are what <see cref="Placeholders"/> finds on the machine.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    /// <summary>Parameters of the reference alone, laid over the common ones.</summary>
    public IReadOnlyDictionary<string, string> ReferenceOnly { get; init; } = new Dictionary<string, string>();

    /// <summary>What must agree.</summary>
    public required IReadOnlyList<AgreementRule> Rules { get; init; }

    /// <summary>It needs a device on vfio-pci: run where there is none, it is skipped with the workload's own reason.</summary>
    public bool InGuest { get; init; }

    /// <summary>Durations of a run.</summary>
    public AgreementLengths Lengths { get; init; } = new(150, 500);
}

/// <summary>How long a run is.</summary>
/// <param name="WarmUpMs">Dropped beginning, milliseconds.</param>
/// <param name="MeasureMs">Measured stage, milliseconds.</param>
internal sealed record AgreementLengths(int WarmUpMs, int MeasureMs);
