using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>DEV-004: the device's power state lets it be assigned.</summary>
internal sealed class Dev004Power : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "DEV-004";

    /// <inheritdoc />
    public override string Title => "The device can be woken";

    /// <inheritdoc />
    public override Section Section => Section.Devices;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "vfio-pci lets an idle function sleep. In D3cold its power is cut, its config space reads as all ones, and some devices do not come back (\"Unable to change power state "
        + "from D3cold to D0, device inaccessible\"). A sleeping function is not woken by this check.";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail when the log says that the function could not be woken, or it answers with all ones while it should be awake. Warn in D3cold, or when QEMU's log shows at a guest's latest start that a device did not wake (a Note when it was an earlier one). Pass in D0 and D3hot, and when runtime "
        + "power management says active. Unknown when no power state could be read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/ABI/testing/sysfs-bus-pci (d3cold_allowed, power_state)", "Linux: drivers/vfio/pci/vfio_pci_core.c (disable_idle_d3)", "Linux: Documentation/power/pci.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [Keep];

    private static Remedy Keep => new("Keep vfio-pci from letting idle devices sleep: put \"options vfio-pci disable_idle_d3=1\" into /etc/modprobe.d and load the module anew.");

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        foreach (Finding finding in base.Examine(subjects))
        {
            yield return finding;
        }

        foreach (GuestLogs.Saying said in GuestLogs.Find(subjects.Model, LogEventKind.PowerProblem))
        {
            yield return Make(said.Verdict, said.Subject, said.Verdict == Verdict.Unknown ? $"Whether its devices woke is not known: {said.Text}"
                : $"QEMU could not wake a device of the guest {said.When}: \"{said.Text}\".", [said.Evidence], said.Verdict == Verdict.Warn ? [Keep] : []);
        }
    }

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        LogEvent? trouble = model.Log.Content.IsKnown
            ? model.Log.Content.Value!.Of(LogEventKind.PowerProblem).LastOrDefault(item => item.Device == device.Address) : null;
        Citation[] evidence = [Quote.Of(device.PowerState), Quote.Of(device.RuntimeStatus), Quote.Of(device.D3coldAllowed)];
        Remedy noCold = new($"Forbid D3cold for this function, as long as the machine runs.", $"echo 0 > {Functions.Folder(device.Address)}/d3cold_allowed");
        string? state = device.PowerState.Or(null);
        if (trouble is not null)
        {
            yield return Make(Verdict.Fail, subject, $"The kernel could not wake {subject}: \"{trouble.Text}\". A cold power cycle brings it back.",
                [Quote.Of(model.Log, trouble), .. evidence], Keep, noCold);
        }
        else if (!model.Log.Content.IsKnown)
        {
            yield return Make(Verdict.Unknown, subject, $"The kernel log, which tells whether {subject} failed to wake, was not read: {Quote.Unseen(model.Log.Content)}", evidence);
        }
        else if (state == "D3cold")
        {
            yield return Make(Verdict.Warn, subject, $"{subject} is in D3cold: its power is cut, and whether it comes back shows only when it is used. Its config space was left alone.",
                evidence, Keep, noCold);
        }
        else if (!device.Config.IsKnown && device.Config.Outcome != Outcome.Withheld)
        {
            yield return Make(Verdict.Unknown, subject, $"Whether {subject} still answers is not known: {Quote.Unseen(device.Config)}", evidence);
        }
        else if (Functions.IsDead(device) && !device.PowerState.IsKnown && !device.PowerState.IsAbsent)
        {
            yield return Make(Verdict.Unknown, subject, $"{subject} answers with all ones, and whether its power is cut is not known: {Quote.Unseen(device.PowerState)}", evidence);
        }
        else if (Functions.IsDead(device))
        {
            yield return Make(Verdict.Fail, subject, $"{subject} answers with all ones though its power state is {state ?? "not D3cold as far as known"}: it is dead or gone.",
                [new Citation(device.Config.Source, null, "ff ff ff ff"), .. evidence], new Remedy("Switch the machine off, cut its power, and start it again."));
        }
        else if (state is "D0" or "D1" or "D2" or "D3hot" || device.RuntimeStatus.Or(null) == "active")
        {
            string shown = state is null ? "runtime power management says active" : $"its power state is {state}";
            yield return Make(Verdict.Pass, subject, $"{subject}: {shown}.", evidence);
        }
        else
        {
            string seen = device.PowerState.IsKnown ? $"the kernel says \"{state}\"" : device.RuntimeStatus.IsKnown
                ? $"runtime power management says \"{device.RuntimeStatus.Value}\", and {device.PowerState.Source} is {Quote.Outcome(device.PowerState)}" : Quote.Outcome(device.PowerState);
            yield return Make(Verdict.Unknown, subject, $"The power state of {subject} is not known ({seen}). "
                + "Bind a driver, or start the guest, and look again at power_state.", evidence);
        }
    }
}
