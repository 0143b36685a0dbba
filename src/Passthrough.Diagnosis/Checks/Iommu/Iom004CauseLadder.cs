namespace Passthrough.Diagnosis.Checks;

/// <summary>IOM-004: the rungs from the CPU to the device link, each with what was seen, and the first broken one.</summary>
internal sealed class Iom004CauseLadder : Check
{
    /// <inheritdoc />
    public override string Id => "IOM-004";

    /// <inheritdoc />
    public override string Title => "From the CPU to the device, rung by rung";

    /// <inheritdoc />
    public override Section Section => Section.Iommu;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "An IOMMU comes up rung by rung: the CPU, firmware's table, the kernel's driver, the command line, the driver's start as the log tells it, registered units, groups, "
        + "and the device's link to its group. What stands above a broken rung is broken by it, so the first broken rung is what to mend. "
        + "Registered units with groups prove the rungs below them, whatever could not be read there.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when every rung up to the groups holds, by itself or because a higher rung proves it. Fail when a rung is broken and every rung below it is known. "
        + "Unknown when a rung below the first broken one could not be judged.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/driver-api/vfio.rst", "Linux: Documentation/admin-guide/kernel-parameters.txt", "Linux: Documentation/ABI/testing/sysfs-class-iommu"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Mend the first broken rung; the rungs above follow from it.")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        IReadOnlyList<LadderRung> rungs = Ladder.Climb(subjects);
        var evidence = rungs.SelectMany(rung => rung.Evidence).ToList();
        string all = string.Join("; ", rungs.Select(rung => $"{rung.Name} {Word(rung.State)} ({rung.Seen})"));
        LadderRung? broken = rungs.FirstOrDefault(rung => rung.State == RungState.Broken);
        LadderRung? unknown = rungs.FirstOrDefault(rung => rung.State == RungState.Unknown);
        if (unknown is not null && (broken is null || unknown.Order < broken.Order))
        {
            string rest = broken is null ? "" : $" The first rung seen broken is {broken.Name}, but the cause may lie below it.";
            yield return Make(Verdict.Unknown, "host", $"The rung \"{unknown.Name}\" could not be judged: {unknown.Seen}. {unknown.HowToKnow}{rest} Rungs: {all}.",
                evidence, broken is null ? [] : IommuFacts.SwitchOn(subjects.Model));
        }
        else if (broken is not null)
        {
            yield return Make(Verdict.Fail, "host", $"The first broken rung is {broken.Name}: {broken.Seen}. Rungs: {all}.", evidence, IommuFacts.SwitchOn(subjects.Model));
        }
        else
        {
            yield return Make(Verdict.Pass, "host", $"No rung is broken: {all}.", evidence);
        }
    }

    private static string Word(RungState state) => state switch
    {
        RungState.Holds => "holds",
        RungState.Broken => "is broken",
        RungState.Unknown => "is not known",
        _ => "is not needed here",
    };
}
