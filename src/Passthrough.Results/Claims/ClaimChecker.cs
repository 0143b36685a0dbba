using System.Globalization;
using Passthrough.Results.Comparing;

namespace Passthrough.Results.Claims;

/// <summary>
/// Holds claims against comparisons. The gain is 1 − after / before for a latency and after / before − 1 for a throughput; its interval is
/// that of the comparison. The rule, with c the claimed gain:
/// <list type="bullet">
/// <item>contradicted: the whole interval lies below c, and would even if the change were larger by as much as two equal variants differ by;</item>
/// <item>supported: the whole interval is at or above c; or it contains c, lies wholly above c / 2 (an interval so wide that half the claim
/// would do as well is no support), and is clear of the noise floor;</item>
/// <item>inconclusive: everything else, too few runs among it;</item>
/// <item>notTestable: nothing was measured for the factor.</item>
/// </list>
/// An emulated machine is answered too, and the answer is marked: it says nothing of hardware.
/// </summary>
public static class ClaimChecker
{
    /// <summary>One answer a claim and comparison of its factor.</summary>
    /// <param name="claims">The claims.</param>
    /// <param name="comparison">What was measured.</param>
    /// <param name="skipped">What could not be measured, for the reason of a claim that is not testable.</param>
    public static IReadOnlyList<Claim> Check(IEnumerable<DeclaredClaim> claims, ComparisonDocument comparison, IEnumerable<SkippedWorkload> skipped)
    {
        ArgumentNullException.ThrowIfNull(claims);
        ArgumentNullException.ThrowIfNull(comparison);
        SkippedWorkload[] missing = [.. skipped];
        return [.. claims.SelectMany(claim => Check(claim, comparison, missing))];
    }

    private static IEnumerable<Claim> Check(DeclaredClaim claim, ComparisonDocument document, SkippedWorkload[] skipped)
    {
        Comparison[] own = [.. document.Comparisons.Where(one => one.Factor == claim.Factor
            && (claim.Workload is null || claim.Workload == one.Workload)
            && one.Statistic == (claim.Statistic ?? "value"))];
        if (own.Length > 0)
        {
            return own.Select(one => Answer(claim, one, document.FunctionalOnly));
        }

        string[] reasons = [.. skipped.Where(item => item.Factor == claim.Factor).Select(item => item.Reason.TrimEnd('.')).Distinct()];
        string reason = reasons.Length > 0
            ? $"It could not be measured here: {string.Join("; ", reasons)}."
            : $"Nothing in these results turns {claim.Factor}{(claim.Workload is null ? "" : " on " + claim.Workload)}.";
        return [Of(claim, "notTestable", reason, null) with { FunctionalOnly = document.FunctionalOnly is not null }];
    }

    private static Claim Answer(DeclaredClaim claim, Comparison one, string? functionalOnly)
    {
        string name = $"{one.Workload}, {one.Factor}, {one.Metric}{(one.Statistic == "value" ? "" : " " + one.Statistic)}";
        (string verdict, string reason, Band? gain, double? measured) = Judge(claim, one);
        if (one.Witness is { Moved: false } witness && measured is not null)
        {
            reason += $" The counter that should have moved, {witness.Name}, did not, so the difference has no explanation here.";
        }

        if (functionalOnly is not null)
        {
            reason += $" Functional only: {functionalOnly.TrimEnd('.')}.";
        }

        return Of(claim, verdict, reason, name) with
        {
            Gain = measured,
            Low = gain?.Low,
            High = gain?.High,
            FunctionalOnly = functionalOnly is not null,
        };
    }

    private static (string Verdict, string Reason, Band? Gain, double? Measured) Judge(DeclaredClaim claim, Comparison one)
    {
        if (PairJudge.LowerIsBetter(one.Metric) is not { } lower || one is not { Low: { } low, High: { } high, Ratio: { } ratio })
        {
            return ("inconclusive", string.Create(CultureInfo.InvariantCulture,
                $"There is no interval of the change ({one.N.Before} + {one.N.After} runs; {one.Method})."), null, null);
        }

        Band gain = lower ? new Band(1 - high, 1 - low) : new Band(low - 1, high - 1);
        double measured = lower ? 1 - ratio : ratio - 1;
        double c = claim.Gain;
        string stated = string.Create(CultureInfo.InvariantCulture, $"The gain is {measured * 100:0.#} % [{one.Confidence * 100:0.#} %: {gain.Low * 100:0.#} to {gain.High * 100:0.#} %]").Replace('-', '−');
        string claimed = string.Create(CultureInfo.InvariantCulture, $"{c * 100:0.#} %");
        bool clear = one.NoiseFloor is null || !Verdicts.Overlaps(new Band(low, high), one.NoiseFloor);
        if (gain.High < c)
        {
            // What two equal variants differ by may have hidden as much of the gain.
            double most = one.NoiseFloor is not { } floor ? gain.High : lower ? 1 - (low * Math.Min(1, floor.Low)) : (high * Math.Max(1, floor.High)) - 1;
            return most < c
                ? ("contradicted", $"{stated}: all of it lies below {claimed}.", gain, measured)
                : ("inconclusive", $"{stated}: all of it lies below {claimed}, but two equal variants differ by more than what is missing.", gain, measured);
        }

        if (gain.Low >= c)
        {
            return clear
                ? ("supported", $"{stated}: all of it is at or above {claimed}.", gain, measured)
                : ("inconclusive", $"{stated}, and two equal variants differ as much on this machine.", gain, measured);
        }

        return gain.Low > c / 2 && clear
            ? ("supported", $"{stated}: it contains {claimed} and lies above half of it.", gain, measured)
            : ("inconclusive", clear
                ? $"{stated}: it contains {claimed}, and also less than half of it."
                : $"{stated}: it contains {claimed}, and overlaps what two equal variants differ by.", gain, measured);
    }

    private static Claim Of(DeclaredClaim claim, string verdict, string reason, string? comparison) =>
        new(claim.Text, verdict, reason, comparison) { Factor = claim.Factor, ClaimedGain = claim.Gain };
}
