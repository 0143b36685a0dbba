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

    /// <summary>
    /// Remembers where the witness counters stand. Called after the warm-up, right before the measured stage, so that
    /// <see cref="Witness"/> is relative to the stage's beginning and reading the counters is not part of it.
    /// </summary>
    void MarkWitness()
    {
    }

    /// <summary>Performs operations until the stage ends, recording into <paramref name="stage"/>. Called for warm-up and then for measuring.</summary>
    void Execute(Stage stage);

    /// <summary>Counters read after the measured stage, relative to its beginning.</summary>
    IReadOnlyDictionary<string, double> Witness();
}

/// <summary>Cannot run here: one sentence that names what is missing and what to do. Where a system call failed, it stays readable apart.</summary>
/// <param name="sentence">What a person reads.</param>
/// <param name="call">The system call or ioctl that failed, as the kernel names it; null when none did.</param>
/// <param name="path">What it was made on.</param>
/// <param name="errno">Its error number; 0 when no call failed.</param>
public sealed class BenchException(string sentence, string? call = null, string? path = null, int errno = 0) : Exception(sentence)
{
    /// <summary>The system call or ioctl that failed; null when none did.</summary>
    public string? Call { get; } = call;

    /// <summary>What the call was made on.</summary>
    public string? Path { get; } = path;

    /// <summary>The error number; 0 when no call failed.</summary>
    public int ErrorNumber { get; } = errno;
}

/// <summary>A workload whose thread the engine pins before anything is prepared.</summary>
public interface IRunsOnCpu
{
    /// <summary>The CPU asked for; null leaves the thread to the scheduler.</summary>
    int? Cpu { get; }
}

/// <summary>A workload that a device interrupt of its own serves, so that the caller can place that interrupt.</summary>
public interface IHasInterrupt
{
    /// <summary>The interrupt's number in /proc/interrupts, known after Prepare; null when its row was not found.</summary>
    string? Interrupt { get; }
}
