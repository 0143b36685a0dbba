using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>DEV-005: the candidate's config space answers.</summary>
internal sealed class Dev005Alive : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "DEV-005";

    /// <inheritdoc />
    public override string Title => "The device answers";

    /// <inheritdoc />
    public override Section Section => Section.Devices;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "A function that is gone, without power or stuck after a failed reset answers every read with all ones. A virtual function also shows ffff as vendor and device id in its own config space, "
        + "which is right: only when every byte reads as ones is a function dead.";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail when every byte that was read is ff. Pass when one is not. Note when the device sleeps and was not woken. Unknown when the config space was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["PCI Express Base specification, sections 2.3.2 and 9.3.4 (VF identification)", "Linux: Documentation/PCI/pci-error-recovery.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Switch the machine off, cut its power and start it again; a warm reboot is often not enough.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        string subject = device.Address.ToString();
        if (device.Config.IsKnown)
        {
            string read = Quote.Count(device.Config.Value!.Length, "byte");
            bool dead = Functions.IsDead(device);
            yield return dead
                ? Make(Verdict.Fail, subject, $"{subject} answers all of {read} with ones: it is gone, without power, or stuck.", [new Citation(device.Config.Source, null, "ff ff ff ff")], Remedies)
                : Make(Verdict.Pass, subject, $"{subject} answers: {read} of config space read.", [new Citation(device.Config.Source, null, read)]);
        }
        else if (device.Config.Outcome == Host.Evidence.Outcome.Withheld)
        {
            yield return Make(Verdict.Note, subject, $"{subject} sleeps, and was not woken to see whether it answers. {Quote.HowToKnow(device.Config)}", [Quote.Of(device.Config), Quote.Of(device.RuntimeStatus)]);
        }
        else
        {
            yield return Make(Verdict.Unknown, subject, $"Whether {subject} answers is not known: {Quote.Unseen(device.Config)}", [Quote.Of(device.Config)]);
        }
    }
}
