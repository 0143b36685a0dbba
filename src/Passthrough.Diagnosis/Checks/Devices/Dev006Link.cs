using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>DEV-006: the PCIe link is as wide and fast as device and port allow.</summary>
internal sealed class Dev006Link : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "DEV-006";

    /// <inheritdoc />
    public override string Title => "The link runs at what both ends can do";

    /// <inheritdoc />
    public override Section Section => Section.Devices;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "A card in a slot with fewer lanes, or badly seated, runs with a narrower link. The speed is another matter: an idle device lowers it to save power and raises it under load, so a low speed at rest says nothing.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass at the full width and speed of the device. Warn when the width is below what both the device and the port above can do. Note when the port or slot limits it, or only the speed is low. "
        + "Unknown when the link was not read. Not applicable without a link of its own.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/ABI/testing/sysfs-bus-pci (current_link_speed, current_link_width)", "PCI Express Base specification, section 7.5.3"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Look again under load; seat the card anew, and see in the board's manual how the slot's lanes are shared (bifurcation).")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        PciLink link = device.Link;

        // Integrated endpoints and conventional functions have no link; of an integrated one the kernel says width 0 of 255.
        if (device.Capabilities is { Express: false } or { ExpressPortType: 9 or 10 } || link is { Width: { IsKnown: true, Value: 0 }, MaxWidth: { IsKnown: true, Value: 255 } })
        {
            yield return Make(Verdict.NotApplicable, subject, $"{subject} has no PCIe link of its own.", [Quote.Of(link.Width), Quote.Of(link.MaxWidth)]);
            yield break;
        }

        if (device.Sriov.PhysicalFunction is not null || (link.Width.IsAbsent && link.MaxWidth.IsAbsent) || link.MaxWidth is { IsKnown: true, Value: 0 })
        {
            yield return device.Sriov.PhysicalFunction is null && !IommuFacts.AbsenceIsFact(model) && link.MaxWidth.IsAbsent
                ? Make(Verdict.Unknown, subject, $"The link of {subject} is not known: {Quote.Unseen(link.Width)}", [Quote.Of(link.Width)])
                : Make(Verdict.NotApplicable, subject, $"{subject} has no PCIe link of its own.", [Quote.Of(link.Width), Quote.Of(link.MaxWidth)]);
            yield break;
        }

        Citation[] evidence = [Quote.Of(link.Width), Quote.Of(link.MaxWidth), Quote.Of(link.SpeedGTps), Quote.Of(link.MaxSpeedGTps)];
        if (!link.Width.IsKnown || !link.MaxWidth.IsKnown || !link.SpeedGTps.IsKnown || !link.MaxSpeedGTps.IsKnown)
        {
            yield return Make(Verdict.Unknown, subject, $"The link of {subject} is not known: {Quote.Unseen(link.Width.IsKnown ? link.MaxWidth.IsKnown
                ? link.SpeedGTps.IsKnown ? link.MaxSpeedGTps : link.SpeedGTps : Known(link.MaxWidth) : Known(link.Width))}", evidence);
            yield break;
        }

        string now = FormattableString.Invariant($"x{link.Width.Value} at {link.SpeedGTps.Value} GT/s");
        string most = FormattableString.Invariant($"x{link.MaxWidth.Value} at {link.MaxSpeedGTps.Value} GT/s");
        PciLink? above = device.Parent is { } parent ? model.Pci.Find(parent)?.Link : null;
        bool portIsNarrow = above is { MaxWidth.IsKnown: true } && above.MaxWidth.Value < link.MaxWidth.Value && link.Width.Value >= above.MaxWidth.Value;
        bool portIsSlow = above is { MaxSpeedGTps.IsKnown: true } && above.MaxSpeedGTps.Value < link.MaxSpeedGTps.Value && link.SpeedGTps.Value >= above.MaxSpeedGTps.Value;
        bool portIsUnseen = device.Parent is null ? StableIdentity.Of(model, device).SlotPath is null : above is not { MaxWidth.IsKnown: true };
        if (link.Width.Value < link.MaxWidth.Value && !portIsNarrow && portIsUnseen)
        {
            yield return Make(Verdict.Unknown, subject, $"The link of {subject} runs {now}; the device can do {most}. What the port above can do was not seen. Look at its max_link_width on the machine.", evidence);
        }
        else if (link.Width.Value < link.MaxWidth.Value && !portIsNarrow)
        {
            yield return Make(Verdict.Warn, subject, $"The link of {subject} runs {now}; the device can do {most}.", evidence, Remedies);
        }
        else if (link.Width.Value < link.MaxWidth.Value || (link.SpeedGTps.Value < link.MaxSpeedGTps.Value && portIsSlow))
        {
            yield return Make(Verdict.Note, subject, $"The link of {subject} runs {now}, as far as the port {device.Parent} above allows; the device can do {most}.", evidence);
        }
        else if (link.SpeedGTps.Value < link.MaxSpeedGTps.Value)
        {
            yield return Make(Verdict.Note, subject, $"The link of {subject} runs {now} now and can do {most}: idle devices lower the speed. Look again under load.", evidence);
        }
        else
        {
            yield return Make(Verdict.Pass, subject, $"The link of {subject} runs {now}, all the device can do.", evidence);
        }
    }

    private static Host.Evidence.Reading<double> Known(Host.Evidence.Reading<int> reading) => new(reading.Value, reading.Outcome, reading.Source, reading.Excerpt, reading.Why);
}
