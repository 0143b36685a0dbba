using System.Globalization;

namespace Passthrough.Results.Sweeps;

/// <summary>What a sweep shows, in sentences: the same in the text output and in the report.</summary>
public static class SweepText
{
    /// <summary>Title: workload, metric over parameter.</summary>
    public static string Title(Sweep sweep)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        return $"{sweep.Workload}: {sweep.Metric} by {sweep.Parameter}";
    }

    /// <summary>One or two sentences; never silent about why nothing is said.</summary>
    public static string Finding(Sweep sweep, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        string curve = Curve.Find(sweep, seed) is { } finding ? OfCurve(sweep.Parameter, finding)
            : sweep.Cells.Count < Curve.LeastCells
                ? string.Create(CultureInfo.InvariantCulture, $"A knee is looked for from {Curve.LeastCells} values on; these are {sweep.Cells.Count}.")
                : "A knee is looked for from 6 blocks on in which every value ran and counts, with positive values.";
        return Slope.CostOfBatch(sweep) is not { } cost ? curve : curve + " " + string.Create(CultureInfo.InvariantCulture,
            $"What is paid once a batch, such as a doorbell, costs {cost.CostNs:0.#} ns{Interval(cost.Low, cost.High, " ns")}; {cost.RestNs:0.#} ns of each operation are not saved by batching ({cost.Blocks} blocks).");
    }

    private static string OfCurve(string parameter, CurveFinding finding) => finding switch
    {
        { Shape: CurveShape.Step, Knee: { } knee } => string.Create(CultureInfo.InvariantCulture,
            $"The value steps after {parameter} = {knee:0.###}{Interval(finding.Low, finding.High, "")}."),
        { Knee: { } knee } => string.Create(CultureInfo.InvariantCulture, $"The curve bends at {parameter} = {knee:0.###}{Interval(finding.Low, finding.High, "")}."),
        { Shape: CurveShape.Constant } => $"No knee: the value does not depend on {parameter} as far as these runs can tell.",
        _ => string.Create(CultureInfo.InvariantCulture,
            $"No knee: the value goes with {parameter} to the power {finding.Slope:0.###}{Interval(finding.SlopeLow, finding.SlopeHigh, "")}; {finding.Agreement:P0} of the resamples would see a break, 95 % are needed."),
    };

    private static string Interval(double? low, double? high, string unit) => low is null || high is null
        ? " (too few blocks for an interval)"
        : string.Create(CultureInfo.InvariantCulture, $" [95 %: {low:0.###} to {high:0.###}{unit}]");
}
