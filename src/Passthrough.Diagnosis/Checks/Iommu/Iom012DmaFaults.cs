using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IOM-012: no DMA or interrupt faults in the kernel log.</summary>
internal sealed class Iom012DmaFaults : Check
{
    /// <inheritdoc />
    public override string Id => "IOM-012";

    /// <inheritdoc />
    public override string Title => "No DMA faults in the kernel log";

    /// <inheritdoc />
    public override Section Section => Section.Iommu;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "An IOMMU reports a device's access to memory that is not mapped for it, or an interrupt that is not its own. With an assigned device it means "
        + "a driver or guest fault, memory that firmware wants mapped, or a device that was not reset. The kernel limits how often it prints them.";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail for a candidate with faults, warn for any other function, counted per function and as \"at least\" where the kernel suppressed lines. Pass only when the log "
        + "reaches back to the boot and holds none. Unknown when the log was not read or does not reach back: absence of a line then proves nothing.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: drivers/iommu/intel/dmar.c (dmar_fault)", "Linux: drivers/iommu/amd/iommu.c", "Intel VT-d specification, chapter 7 (faults and their reasons)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [Mend];

    private static Remedy Mend => new("Read the faults' addresses and reasons; update the device's driver and firmware; look whether firmware reserves the address (IOM-006) "
        + "and whether the device resets between guests (RST-001).", "journalctl -k -b | grep -e 'DMAR: ' -e 'AMD-Vi: Event' -e 'Unhandled context fault'");

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        if (!model.Log.Content.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", $"The kernel log could not be read, so faults are not known: {Quote.Unseen(model.Log.Content)}",
                [Quote.Of(model.Log.Content)]);
            yield break;
        }

        ClassifiedLog log = model.Log.Content.Value!;
        var candidates = subjects.Candidates.Select(device => device.Address).ToHashSet();
        IGrouping<PciAddress?, LogEvent>[] byDevice = [.. log.Faults.GroupBy(item => item.Device).OrderBy(item => item.Key)];
        foreach (IGrouping<PciAddress?, LogEvent> group in byDevice)
        {
            if (group.Key is { } open && !candidates.Contains(open) && (!model.Pci.Devices.IsKnown || subjects.UnseenCandidates is not null))
            {
                yield return Make(Verdict.Unknown, open.ToString(), $"{open} caused faults, and whether it is meant for a guest is not known: "
                    + (subjects.UnseenCandidates ?? Quote.Unseen(model.Pci.Devices)), [.. group.TakeLast(3).Select(item => Quote.Of(model.Log, item))]);
                continue;
            }

            yield return Judge(model, group.Key, [.. group], group.Key is { } address && candidates.Contains(address), log.FaultsSuppressed);
        }

        if (byDevice.Length == 0)
        {
            yield return WithoutFaults(model, log);
        }
    }

    private Finding Judge(HostModel model, PciAddress? device, LogEvent[] faults, bool isCandidate, bool suppressed)
    {
        string count = (suppressed ? "at least " : "") + Quote.Count(faults.Length, "fault");
        string reasons = Quote.List(faults.Select(item => item.Reason).OfType<string>().Distinct().Order(StringComparer.Ordinal));
        string who = device is { } address ? $"{address} caused" : "The log holds";
        string detail = reasons.Length > 0 ? $" (reason {reasons})" : "";
        return Make(isCandidate ? Verdict.Fail : Verdict.Warn, device?.ToString() ?? "host",
            $"{who} {count}{detail}; the last one: {faults[^1].Meaning}", [.. faults.TakeLast(3).Select(item => Quote.Of(model.Log, item))], Mend);
    }

    private Finding WithoutFaults(HostModel model, ClassifiedLog log)
    {
        var place = new Citation(model.Log.Content.Source, null, Quote.Count(log.Lines, "line") + " read");
        if (log.FaultsSuppressed)
        {
            return Make(Verdict.Warn, "host", "The kernel suppressed lines about faults, and none of those it printed is in the log any more: there were faults.", [place], Mend);
        }

        if (!log.ReachesBoot)
        {
            return Make(Verdict.Unknown, "host", "The log that was read holds no fault but does not reach back to the boot, so that proves nothing. "
                + "Read the whole of it: journalctl -k -b (and boot with a larger log_buf_len= if the buffer is too small).", [place]);
        }

        return IommuFacts.Translation(model) == TriState.No
            ? Make(Verdict.NotApplicable, "host", "No IOMMU translates, so none could report a fault.", [place])
            : Make(Verdict.Pass, "host", "The log reaches back to the boot and holds no fault.", [place]);
    }
}
