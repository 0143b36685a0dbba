using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>LIM-002: the container's limit of DMA mappings is not too low.</summary>
internal sealed class Lim002DmaEntries : Check
{
    /// <inheritdoc />
    public override string Id => "LIM-002";

    /// <inheritdoc />
    public override string Title => "The number of DMA mappings suffices";

    /// <inheritdoc />
    public override Section Section => Section.Memory;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "A VFIO container accepts at most dma_entry_limit mappings (65535 unless changed); above it VFIO_MAP_DMA fails with ENOSPC, not ENOMEM. A guest with huge mappings needs few; a guest with a virtual IOMMU, "
        + "or one that maps 2 MiB at a time, needs many: 65535 mappings of 2 MiB are just under 128 GiB.";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail when the kernel log or a saved one shows ENOSPC from VFIO_MAP_DMA. Warn when the limit is below the default of 65535, or when QEMU's log shows it at a guest's latest start (a Note when it was an earlier one). Pass at the default or above. Not applicable while vfio_iommu_type1 is not loaded. Unknown when it was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: drivers/vfio/vfio_iommu_type1.c (dma_entry_limit, since Linux 5.1)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [Raise];

    private static Remedy Raise => new("Raise the limit for containers opened from now on; \"options vfio_iommu_type1 dma_entry_limit=N\" in /etc/modprobe.d makes it last.",
        "echo 1048576 > /sys/module/vfio_iommu_type1/parameters/dma_entry_limit");

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<string> limit = model.Kernel.Modules.Parameter("vfio_iommu_type1", "dma_entry_limit");
        LogEvent? full = model.Log.Content.IsKnown ? model.Log.Content.Value!.Of(LogEventKind.DmaEntriesExhausted).LastOrDefault() : null;
        if (full is not null)
        {
            yield return Make(Verdict.Fail, "host", $"A mapping was refused for want of entries: \"{full.Text}\".", [Quote.Of(model.Log, full), Quote.Of(limit)], Raise);
        }
        else if (!model.Log.Content.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", "The kernel log, which tells whether a mapping was refused, was not read: " + Quote.Unseen(model.Log.Content),
                [Quote.Of(model.Log.Content), Quote.Of(limit)]);
        }
        else if (limit.IsAbsent && IommuFacts.AbsenceIsFact(model))
        {
            yield return Make(Verdict.NotApplicable, "host", "vfio_iommu_type1 is not loaded, or has no such limit.", [Quote.Of(limit)]);
        }
        else if (!limit.IsKnown || !uint.TryParse(limit.Value, System.Globalization.CultureInfo.InvariantCulture, out uint entries))
        {
            yield return Make(Verdict.Unknown, "host", limit.IsKnown ? $"{limit.Source} holds \"{limit.Value}\", which is no number. Read it by hand."
                : "The limit of DMA mappings is not known: " + Quote.Unseen(limit), [Quote.Of(limit)]);
        }
        else
        {
            // With 2 MiB a mapping, the entries cover this much guest memory.
            string reach = FormattableString.Invariant($"{entries} mappings a container, {entries * 2L / 1024} GiB at 2 MiB each");
            yield return Make(entries < 65_535 ? Verdict.Warn : Verdict.Pass, "host", entries < 65_535 ? $"The limit is below the kernel's default of 65535: {reach}." : $"{reach}.",
                [Quote.Of(limit)], entries < 65_535 ? [Raise] : []);
        }

        foreach (GuestLogs.Saying said in GuestLogs.Find(model, LogEventKind.DmaEntriesExhausted))
        {
            yield return Make(said.Verdict, said.Subject, said.Verdict == Verdict.Unknown ? $"Whether its mappings were enough is not known: {said.Text}"
                : $"QEMU ran out of DMA mappings {said.When}: \"{said.Text}\".", [said.Evidence], said.Verdict == Verdict.Warn ? [Raise] : []);
        }
    }
}
