namespace Passthrough.Bench.Engine;

/// <summary>
/// Prepares and performs operations, nothing else: warm-up, stages, clock and repetition belong to the engine.
/// One instance serves one run; disposing restores what Prepare opened.
/// </summary>
public interface IWorkload : IDisposable
{
    /// <summary>Parameters that identify the run in results (ordinal order).</summary>
    IReadOnlyDictionary<string, string> Parameters { get; }

    /// <summary>Opens, allocates, touches: nothing of it is measured. Throws <see cref="BenchException"/> with one sentence when it cannot run here.</summary>
    void Prepare();

    /// <summary>Performs operations until the stage ends, recording into <paramref name="stage"/>. Called for warm-up and then for measuring.</summary>
    void Execute(Stage stage);

    /// <summary>Counters read after the measured stage, relative to its beginning.</summary>
    IReadOnlyDictionary<string, double> Witness();
}

/// <summary>Cannot run here: one sentence that names what is missing and what to do.</summary>
public sealed class BenchException(string sentence) : Exception(sentence);
