using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Usage;

namespace Passthrough.Diagnosis.Checks;

/// <summary>LIM-001: locked memory is not limited below what a guest pins.</summary>
internal sealed class Lim001LockedMemory : Check
{
    private const int CapIpcLock = 14;

    /// <inheritdoc />
    public override string Id => "LIM-001";

    /// <inheritdoc />
    public override string Title => "The limit of locked memory suffices";

    /// <inheritdoc />
    public override Section Section => Section.Memory;

    /// <inheritdoc />
    public override Severity Severity => Severity.Critical;

    /// <inheritdoc />
    public override string Explanation =>
        "VFIO pins all of a guest's memory and counts it against RLIMIT_MEMLOCK of the process that maps it; above the limit VFIO_MAP_DMA fails with ENOMEM. "
        + "A process with CAP_IPC_LOCK, as root usually is, is not limited, and libvirt computes and sets the limit of the guests that it starts. "
        + "It matters for QEMU, DPDK and others started by hand as an ordinary user.";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail when the kernel log shows that a mapping was refused for it. Pass when this process' limit is unlimited. Note when this process is exempt, or nothing is to be assigned. "
        + "Warn when the limit is finite, it applies, and a device is to be assigned, or when QEMU's log shows a refusal at a guest's latest start (a Note when it was an earlier one). Unknown when the limit was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: drivers/vfio/vfio_iommu_type1.c (vfio_pin_pages_remote)", "man 2 getrlimit", "man 7 capabilities (CAP_IPC_LOCK)", "libvirt: domain XML, <memtune><hard_limit>"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [Raise];

    private static Remedy Raise => new("For guests started by hand, raise the limit of the user who starts them: a line \"USER - memlock unlimited\" (or the guest's memory plus 1 GiB, in KiB) in "
        + "/etc/security/limits.d and a new login, or LimitMEMLOCK=infinity in the systemd unit. For guests of libvirt leave it to libvirt, and remove a <hard_limit> that is too small.",
        "ulimit -l");

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<long> soft = model.Limits.SoftBytes;
        Citation[] evidence = [Quote.Of(soft), .. Processes(model)];
        LogEvent? refused = model.Log.Content.IsKnown ? model.Log.Content.Value!.Of(LogEventKind.MemoryLockExceeded).LastOrDefault() : null;
        bool exempt = model.Privilege.EffectiveCapabilities.IsKnown && (model.Privilege.EffectiveCapabilities.Value & (1UL << CapIpcLock)) != 0;
        string guests = Guests(model);
        if (refused is not null)
        {
            yield return Make(Verdict.Fail, "host", $"The kernel refused to pin a guest's memory: \"{refused.Text}\". Whether the limit was raised since then the log does not tell.{guests}",
                [Quote.Of(model.Log, refused), .. evidence], Raise);
        }
        else if (!model.Log.Content.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", $"The kernel log, which tells whether memory was refused, was not read: {Quote.Unseen(model.Log.Content)}{guests}", evidence);
        }
        else if (soft is { IsKnown: true, Value: long.MaxValue })
        {
            yield return Make(Verdict.Pass, "host", $"Locked memory is unlimited for this process; a guest started from the same place gets the same limit.{guests}", evidence);
        }
        else if (soft.IsKnown && !exempt && subjects.Candidates.Count == 0 && subjects.Profile is null && GuestFacts.UnseenDefinition(model) is { } unseen)
        {
            yield return Make(Verdict.Unknown, "host", $"Locked memory is limited to {Quote.Bytes(soft.Value)}; whether a guest is given a function is not known: {unseen.Sentence}", [.. evidence, unseen.Citation]);
        }
        else if (soft.IsKnown && (exempt || (subjects.Candidates.Count == 0 && subjects.Profile is null)))
        {
            string who = exempt ? "This process is exempt by CAP_IPC_LOCK; another without it has its own user's limit" : "The limit applies to guests that an ordinary user starts by hand";
            yield return Make(Verdict.Note, "host", $"Locked memory is limited to {Quote.Bytes(soft.Value)}. {who}, and libvirt sets that of the guests it starts.{guests}",
                [.. evidence, Quote.Of(model.Privilege.EffectiveCapabilities)]);
        }
        else if (soft.IsKnown && !model.Privilege.EffectiveCapabilities.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", $"Locked memory is limited to {Quote.Bytes(soft.Value)}; whether this process is exempt is not known: "
                + Quote.Unseen(model.Privilege.EffectiveCapabilities) + guests, evidence);
        }
        else if (soft.IsKnown)
        {
            long guest = 4L << 30;
            yield return Make(Verdict.Warn, "host", $"Locked memory is limited to {Quote.Bytes(soft.Value)}. A guest of 4 GiB pins {Quote.Bytes(guest)} and a little more, so started by hand from here it "
                + (soft.Value < guest ? $"lacks {Quote.Bytes(guest - soft.Value)}" : "fits, and a larger one may not") + $". libvirt sets the limit of the guests it starts.{guests}", evidence, Raise);
        }
        else
        {
            yield return Make(Verdict.Unknown, "host", $"The limit of locked memory is not known: {Quote.Unseen(soft)} (\"ulimit -l\" shows it for a shell.){guests}", evidence);
        }

        foreach (GuestLogs.Saying said in GuestLogs.Find(model, LogEventKind.MemoryLockExceeded))
        {
            yield return Make(said.Verdict, said.Subject, said.Verdict == Verdict.Unknown ? $"Whether its memory could be pinned is not known: {said.Text}"
                : $"QEMU could not map the guest's memory {said.When}: \"{said.Text}\".", [said.Evidence], said.Verdict == Verdict.Warn ? [Raise] : []);
        }
    }

    private static IEnumerable<Citation> Processes(HostModel model) => model.Limits.QemuProcesses.Or([])!.Take(4)
        .Select(item => new Citation(FormattableString.Invariant($"/proc/{item.ProcessId}/limits"), null, "Max locked memory " + Amount(item.SoftBytes)));

    private static string Guests(HostModel model)
    {
        IReadOnlyList<(int ProcessId, long SoftBytes)> running = model.Limits.QemuProcesses.Or([])!;
        IReadOnlyList<VfioHolder> holders = model.Usage.Holders.Or([])!;
        return running.Count == 0 ? "" : " Running QEMU processes: " + Quote.List(running.Select(item => FormattableString.Invariant(
            $"{item.ProcessId} {Amount(item.SoftBytes)}{(holders.Any(holder => holder.ProcessId == item.ProcessId) ? ", holds a VFIO device" : "")}"))) + ".";
    }

    private static string Amount(long bytes) => bytes == long.MaxValue ? "unlimited" : Quote.Bytes(bytes);
}
