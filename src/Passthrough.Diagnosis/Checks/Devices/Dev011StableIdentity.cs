using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>DEV-011: the device can be told apart by what stays when addresses move.</summary>
internal sealed class Dev011StableIdentity : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "DEV-011";

    /// <inheritdoc />
    public override string Title => "The device has a stable identity";

    /// <inheritdoc />
    public override Section Section => Section.Devices;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "Bus numbers move when a card is added or firmware updated, and a configuration by address then names another device. What stays is the pair of ids of the device and the chain of ports it sits below. "
        + "Two devices of the same ids are told apart by their place alone.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when ids and chain of ports are known and no other function has the same identity. Unknown when an id or the hierarchy was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/ABI/testing/sysfs-bus-pci", "Linux: Documentation/admin-guide/kernel-parameters.txt (pci=, device specification by path)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("After a change of cards or firmware compare the identity before a guest is started, and correct the address in its configuration.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        StableIdentity identity = StableIdentity.Of(model, device);
        Citation place = new(device.Path, null, identity.Text);
        if (!identity.IsComplete)
        {
            string missing = !device.VendorId.IsKnown ? Quote.Unseen(device.VendorId)
                : !device.DeviceId.IsKnown ? Quote.Unseen(device.DeviceId)
                : !device.SubsystemVendorId.IsKnown ? Quote.Unseen(device.SubsystemVendorId)
                : !device.SubsystemDeviceId.IsKnown ? Quote.Unseen(device.SubsystemDeviceId)
                : "the ports above it were not seen. Run ptdiag as root on the host itself.";
            yield return Make(Verdict.Unknown, subject, $"The identity of {subject} is not wholly known: {missing}", [place]);
            yield break;
        }

        yield return Make(Verdict.Pass, subject, $"{subject} is {identity.Text}; that stays when bus numbers move.", [place]);
    }
}
