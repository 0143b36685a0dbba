using System.Text.Json.Serialization;
using Passthrough.Results;

namespace Passthrough.Study.Conducting;

/// <summary>First line of <c>runs.jsonl</c>: what the study is. Schema <c>ptdiag.study/1</c>.</summary>
public sealed record StudyHeader
{
    /// <summary>Always <c>ptdiag.study/1</c>.</summary>
    public required string Schema { get; init; }

    /// <summary>Version of the tool that began it; another one does not go on with it.</summary>
    public required string Version { get; init; }

    /// <summary>Name of the study.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the study file, hexadecimal.</summary>
    public required string FileSha256 { get; init; }

    /// <summary>Where the study file lay; a copy lies beside the runs.</summary>
    public required string Origin { get; init; }

    /// <summary>Seed of the order.</summary>
    public required long Seed { get; init; }

    /// <summary>When it was begun, UTC.</summary>
    public required DateTimeOffset Begun { get; init; }

    /// <summary>All runs in order.</summary>
    public required IReadOnlyList<Files.StudySlot> Schedule { get; init; }
}

/// <summary>Any further line of <c>runs.jsonl</c>: a finished run, or a folder that was made in a guest or removed from it.</summary>
public sealed record StudyLine
{
    /// <summary>run, skipped, folder or removed.</summary>
    public required string Kind { get; init; }

    /// <summary>Guest.</summary>
    public required string Guest { get; init; }

    /// <summary>Index in the schedule, for a run or a skipped one.</summary>
    public int? Slot { get; init; }

    /// <summary>How long the run took with everything around it, milliseconds.</summary>
    public long? ElapsedMs { get; init; }

    /// <summary>The run.</summary>
    public WorkloadRun? Run { get; init; }

    /// <summary>Why there is none.</summary>
    public SkippedWorkload? Skipped { get; init; }

    /// <summary>The machine, in the first line of each guest.</summary>
    public MachineSummary? Machine { get; init; }

    /// <summary>The folder in the guest.</summary>
    public string? Folder { get; init; }
}

// Every key is written, null too: a run without a value has to be told from a line without one.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StudyHeader))]
[JsonSerializable(typeof(StudyLine))]
internal sealed partial class StudyLineContext : JsonSerializerContext;
