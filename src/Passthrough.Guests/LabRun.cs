namespace Passthrough.Guests;

/// <summary>What a lab guest left behind after its command ended and the guest switched itself off.</summary>
public sealed record LabRun
{
    /// <summary>The command's exit code; 128 + n when signal n ended it; 127 when the program was not found.</summary>
    public required int ExitCode { get; init; }

    /// <summary>The command's standard output, read as UTF-8.</summary>
    public required string Output { get; init; }

    /// <summary>The command's standard error, read as UTF-8.</summary>
    public required string Error { get; init; }

    /// <summary>Regular files that are in <c>/out</c> at the end and were not, or not so, placed there: relative path → content.</summary>
    public required IReadOnlyDictionary<string, byte[]> Files { get; init; }

    /// <summary>What the guest's kernel and first process wrote to the serial console.</summary>
    public required string ConsoleLog { get; init; }

    /// <summary>What QEMU itself wrote, for example about a DMA its IOMMU refused, less its warnings about its processor model and the note of its end.</summary>
    public string EmulatorLog { get; init; } = "";

    /// <summary>From the start of QEMU to its end.</summary>
    public required TimeSpan Wall { get; init; }

    /// <summary><c>tcg</c> or <c>kvm</c>: what really ran the guest's processors.</summary>
    public required string Accelerator { get; init; }

    /// <summary>The release of the guest's kernel, as <c>uname -r</c> says it.</summary>
    public required string Kernel { get; init; }
}
