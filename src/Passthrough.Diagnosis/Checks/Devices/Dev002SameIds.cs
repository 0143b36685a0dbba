using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>DEV-002: whether binding by id would take another device along.</summary>
internal sealed class Dev002SameIds : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "DEV-002";

    /// <inheritdoc />
    public override string Title => "No other device has the same id";

    /// <inheritdoc />
    public override Section Section => Section.Devices;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "vfio-pci's ids and new_id take every device of a vendor and device id. With two equal cards, one of them for the host, only driver_override by address tells them apart.";

    /// <inheritdoc />
    public override string Criteria =>
        "Warn when vfio-pci's ids list the candidate and another function with that id is no candidate. Note when such a function exists and binding is not by id. Pass when there is none. Unknown without ids.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/ABI/testing/sysfs-bus-pci (driver_override, new_id)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Bind by address: driver_override (driverctl set-override keeps it), and take the id out of vfio-pci's ids.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        if (!device.VendorId.IsKnown || !device.DeviceId.IsKnown)
        {
            yield return Make(Verdict.Unknown, subject, $"The id of {subject} is not known: {Quote.Unseen(device.VendorId.IsKnown ? device.DeviceId : device.VendorId)}",
                [Quote.Of(device.VendorId), Quote.Of(device.DeviceId)]);
            yield break;
        }

        string id = FormattableString.Invariant($"{device.VendorId.Value:x4}:{device.DeviceId.Value:x4}");
        PciDevice[] twins = [.. model.Pci.All.Where(other => other.Address != device.Address && other.VendorId.IsKnown && other.DeviceId.IsKnown
            && other.VendorId.Value == device.VendorId.Value && other.DeviceId.Value == device.DeviceId.Value && !subjects.Candidates.Contains(other))];
        Citation[] evidence = [new(device.DeviceId.Source, null, id), .. twins.Take(4).Select(other => new Citation(other.DeviceId.Source, null, id))];
        VfioId? listed = Candidates.VfioIds(model.Kernel).FirstOrDefault(item => item.Matches(device) && twins.Any(item.Matches));
        if (twins.Length > 0 && subjects.UnseenCandidates is { } unseen)
        {
            yield return Make(Verdict.Unknown, subject, $"{Quote.List(twins.Select(Functions.WithDriver))} {(twins.Length == 1 ? "has" : "have")} the same id {id}; whether they stay with the host is not known: {unseen}", evidence);
        }
        else if (twins.Length == 0)
        {
            yield return Make(Verdict.Pass, subject, $"No function that stays with the host has the id {id}.", evidence);
        }
        else if (listed is not null)
        {
            yield return Make(Verdict.Warn, subject, $"vfio-pci's ids list {listed.Text}, which also takes {Quote.List(twins.Select(Functions.WithDriver))}.",
                [.. evidence, new Citation(listed.Source, null, listed.Text)], Remedies);
        }
        else
        {
            yield return Make(Verdict.Note, subject, $"{Quote.List(twins.Select(Functions.WithDriver))} {(twins.Length == 1 ? "has" : "have")} the same id {id}: bind {subject} by its address, not by id.", evidence);
        }
    }
}
