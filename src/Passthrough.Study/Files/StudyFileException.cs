namespace Passthrough.Study.Files;

/// <summary>What is wrong with a study file: where, and what to write instead. Never leaves the reader, which makes one sentence of it.</summary>
internal sealed class StudyFileException(int line, string key, string problem) : Exception(problem)
{
    /// <summary>1-based line.</summary>
    public int Line { get; } = line;

    /// <summary>The key or table, as a person finds it in the file; empty for the file as a whole.</summary>
    public string Key { get; } = key;
}
