namespace Passthrough.Bench.Engine;

/// <summary>A workload whose value is not the median of its samples. No sample at all is a result of such a workload, and the best one.</summary>
public interface IDefinesValue
{
    /// <summary>The value of a stage that has ended.</summary>
    double ValueOf(Stage stage);
}

/// <summary>A workload with a pre-declared rule of its own that a run must keep.</summary>
public interface IJudgesRun
{
    /// <summary>Asked once after the witness was read: why the run does not count, or null.</summary>
    string? Objection();
}

/// <summary>A workload whose samples are the clock's own readings: a doubtful clock is its result, not an objection to it.</summary>
public interface ITimesTheClock;
