using Passthrough.Host.Evidence;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>DEV-007: PCI Express errors counted since boot.</summary>
internal sealed class Dev007ErrorCounters : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "DEV-007";

    /// <inheritdoc />
    public override string Title => "The device counted no errors";

    /// <inheritdoc />
    public override Section Section => Section.Devices;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "Advanced Error Reporting counts what went wrong on the link since boot. Correctable errors cost time, many of them point to a bad slot, riser or card; uncorrectable ones lose data, and a fatal one takes the link down. "
        + "One look shows totals and not whether they rise: look twice, under load.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when all three totals are 0. Note with correctable errors only. Warn with nonfatal or fatal ones. Not applicable without counters. Unknown when a total was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/ABI/testing/sysfs-bus-pci-devices-aer_stats", "PCI Express Base specification, section 6.2 (error signalling)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Look again after some load: totals that stay are history. Where they rise, seat the card anew, try another slot or riser, and look for lines with \"AER\" in the kernel log.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        string subject = device.Address.ToString();
        PciErrors errors = device.Errors;
        if (device.Sriov.PhysicalFunction is { } physical)
        {
            yield return Make(Verdict.NotApplicable, subject, $"{subject} is a virtual function: errors of the link are counted at {physical}.", [new Citation(device.Path, null, null)]);
            yield break;
        }

        if (device.IsBridge)
        {
            yield return Make(Verdict.NotApplicable, subject, $"{subject} is a bridge or port, which is not given away.", [Quote.Of(device.ClassCode)]);
            yield break;
        }

        Citation[] evidence = [Quote.Of(errors.Fatal), Quote.Of(errors.NonFatal), Quote.Of(errors.Correctable)];
        if (errors.Fatal is { IsKnown: true, Value: > 0 } || errors.NonFatal is { IsKnown: true, Value: > 0 })
        {
            yield return Make(Verdict.Warn, subject, $"{subject} counted uncorrectable errors since boot ({Total(errors.Fatal)} fatal, {Total(errors.NonFatal)} nonfatal, {Total(errors.Correctable)} correctable); "
                + "whether they still come, a second look tells.", evidence, Remedies);
            yield break;
        }

        Reading<long> missing = !errors.Fatal.IsKnown ? errors.Fatal : !errors.NonFatal.IsKnown ? errors.NonFatal : errors.Correctable;
        if (errors.Fatal.IsAbsent && errors.NonFatal.IsAbsent && errors.Correctable.IsAbsent)
        {
            yield return Make(Verdict.NotApplicable, subject, $"{subject} has no error counters: it has no Advanced Error Reporting, or firmware keeps it to itself.", evidence);
        }
        else if (!missing.IsKnown)
        {
            yield return Make(Verdict.Unknown, subject, $"The error counters of {subject} are not known: {Quote.Unseen(missing)}", evidence);
        }
        else
        {
            yield return errors.Correctable.Value > 0
                ? Make(Verdict.Note, subject, $"{subject} counted {Quote.Count(errors.Correctable.Value, "correctable error")} since boot, and none that was not corrected. Look again under load whether the number rises.", evidence)
                : Make(Verdict.Pass, subject, $"{subject} counted no error since boot.", evidence);
        }
    }

    private static string Total(Reading<long> reading) => reading.IsKnown ? FormattableString.Invariant($"{reading.Value}") : "an unknown number of";
}
