using Passthrough.Diagnosis.Simulation;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>RST-001: the function can be reset without touching others.</summary>
internal sealed class Rst001FunctionReset : CandidateCheck
{
    // Words of pci_reset_fn_methods in drivers/pci/pci.c that reset one function; bus and cxl_bus reset what shares the bus.
    private static readonly string[] _ownMethods = ["flr", "af_flr", "device_specific", "acpi", "pm"];

    /// <inheritdoc />
    public override string Id => "RST-001";

    /// <inheritdoc />
    public override string Title => "The function can be reset alone";

    /// <inheritdoc />
    public override Section Section => Section.Reset;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "Between two guests a function must be reset, or it keeps the last guest's state and may never start again. reset_method (since Linux 5.15) lists what the kernel can do: flr, af_flr, "
        + "device_specific, acpi and pm reset one function; bus resets everything on the bus. The reset file says only that some method works, not that there is a function level reset. "
        + "Where no function can be reset alone, VFIO can still reset the whole bus, if one owner holds every function on it.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass with a method that resets the function alone (before Linux 5.15: when it advertises FLR). Note when a bus reset is left and the function is alone on its bus. Warn when every function on the bus must go along, and is free to. "
        + "Fail when there is no method at all, or a bus reset would take functions that other drivers use. Unknown when neither method nor capability was read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/ABI/testing/sysfs-bus-pci (reset, reset_method)", "Linux: drivers/pci/pci.c (pci_reset_fn_methods)", "PCI Express Base specification, section 6.6.2 (FLR)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Assign every function on the bus together, use a device with FLR, or the vendor's reset module where one exists (then write device_specific to reset_method).")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        Reading<IReadOnlyList<string>> methods = device.ResetMethods;
        if (methods.IsKnown)
        {
            string[] own = [.. methods.Value!.Where(method => _ownMethods.Contains(method))];
            yield return own.Length > 0
                ? Make(Verdict.Pass, subject, $"{subject} resets alone by {string.Join(", ", own)}.", [Cite(methods)])
                : BusOnly(subjects, device, methods.Value!.Count == 0 ? "reset_method is empty" : $"reset_method holds only {string.Join(", ", methods.Value)}", [Cite(methods)]);
        }
        else if (methods.IsAbsent && model.Pci.All.Any(other => other.ResetMethods.IsKnown))
        {
            // Other functions have the file, so this kernel shows it; it is left out where no method works.
            yield return BusOnly(subjects, device, "the kernel shows no reset method for it, though it does for others", [Quote.Of(methods)]);
        }
        else if (device.Capabilities.Flr == true && !methods.IsAbsent)
        {
            // The kernel leaves out a method that it knows to be broken, so the capability alone does not decide.
            yield return Make(Verdict.Unknown, subject, $"{subject} advertises function level reset; whether the kernel uses it was not seen. {Quote.Unseen(methods)}", [Quote.Of(methods)]);
        }
        else if (device.Capabilities.Flr == true)
        {
            yield return Make(Verdict.Pass, subject, $"{subject} advertises function level reset; reset_method, which would tell what the kernel uses, is {Quote.Outcome(methods)}.",
                [Quote.Of(methods), new Citation(device.Config.Source, null, "FLR")]);
        }
        else if ((device.HasReset.IsAbsent && IommuFacts.AbsenceIsFact(model)) || device.HasReset is { IsKnown: true, Value: false })
        {
            yield return BusOnly(subjects, device, "the kernel shows neither reset nor reset_method for it", [Quote.Of(device.HasReset), Quote.Of(methods)]);
        }
        else
        {
            string flr = device.Capabilities.Flr == false ? "it advertises no function level reset, which leaves other methods open" : "its capabilities could not be read";
            yield return Make(Verdict.Unknown, subject, $"How {subject} resets is not known: {methods.Source} is {Quote.Outcome(methods)}, and {flr}. {Quote.HowToKnow(methods)}",
                [Quote.Of(methods), Quote.Of(device.HasReset)]);
        }
    }

    private Finding BusOnly(Subjects subjects, PciDevice device, string seen, Citation[] evidence)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        if (device.Parent is null && StableIdentity.Of(model, device).SlotPath is null)
        {
            return Make(Verdict.Unknown, subject, $"{subject} cannot be reset alone ({seen}), and whether a bridge above it could reset its bus was not seen. Run ptdiag as root on the host itself.", evidence);
        }

        if (device.Parent is null)
        {
            return Make(Verdict.Fail, subject, $"{subject} cannot be reset alone ({seen}), and no bridge above it is seen whose bus could be reset instead.", evidence, Remedies);
        }

        PciDevice[] along = [.. ResetScope.BusMates(model, device)];
        PciDevice[] foreign = [.. along.Where(other => !subjects.Candidates.Contains(other) && !other.Address.IsSameSlot(device.Address))];
        PciDevice[] used = [.. foreign.Where(other => GroupMember.Blocks(other) == true)];
        PciDevice[] unseen = [.. foreign.Where(other => GroupMember.Blocks(other) is null)];
        Citation[] all = [.. evidence, .. along.Take(6).Select(other => Quote.Of(other.Driver))];
        string whole = along.Length == 0 ? "it is alone there" : $"{Quote.List(along.Select(other => other.Address.ToString()))} would be reset with it";
        if (used.Length > 0 ? subjects.UnseenCandidates is not null : unseen.Length > 0)
        {
            string why = used.Length > 0 ? subjects.UnseenCandidates! : $"the driver of {Quote.List(unseen.Select(other => other.Address.ToString()))} could not be seen. Read its driver link on the machine.";
            return Make(Verdict.Unknown, subject, $"{subject} cannot be reset alone ({seen}); whether the bus below {device.Parent} may be reset is not known: {why}", all);
        }

        return used.Length > 0
            ? Make(Verdict.Fail, subject, $"{subject} cannot be reset alone ({seen}), and resetting the bus below {device.Parent} would also reset {Quote.List(used.Select(Functions.WithDriver))}.",
                all, Remedies)
            : along.Length == 0 && device.ResetMethods is { IsKnown: true, Value.Count: > 0 }
                ? Make(Verdict.Note, subject, $"{subject} has no reset of its own ({seen}), and is alone on the bus below {device.Parent}, so resetting that bus resets it and nothing else.", all)
                : Make(Verdict.Warn, subject, $"{subject} cannot be reset alone ({seen}); VFIO can reset the bus below {device.Parent} if one guest holds every function on it: {whole}.",
                    all, Remedies);
    }

    private static Citation Cite(Reading<IReadOnlyList<string>> methods) =>
        new(methods.Source, methods.Line, methods.Value!.Count == 0 ? "(empty)" : string.Join(" ", methods.Value));
}
