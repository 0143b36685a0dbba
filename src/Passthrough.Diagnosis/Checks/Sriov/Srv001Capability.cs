using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>SRV-001: SR-IOV of the functions that have it can be used.</summary>
internal sealed class Srv001Capability : Check
{
    /// <inheritdoc />
    public override string Id => "SRV-001";

    /// <inheritdoc />
    public override string Title => "SR-IOV is usable where the device has it";

    /// <inheritdoc />
    public override Section Section => Section.Sriov;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "A physical function with the SR-IOV capability shows sriov_totalvfs. Where config space holds the capability and the file is missing, the kernel is built without CONFIG_PCI_IOV, "
        + "or the device's own firmware offers no virtual functions (SR-IOV is switched off in it), or the kernel found no room for them.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when sriov_totalvfs is above 0. Warn when it is 0, or missing beside the capability. Unknown for a candidate whose extended config space was not read and that shows no file. "
        + "Not applicable when no function has the capability.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/PCI/pci-iov-howto.rst", "Linux: drivers/pci/iov.c", "PCI Express Base specification, chapter 9 (SR-IOV)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [SwitchOn];

    private static Remedy SwitchOn => new("Switch SR-IOV on in the firmware setup and in the device's own firmware (the vendor's tool sets the number of virtual functions), then boot again; "
        + "the kernel log tells when memory windows or bus numbers were too few.", "dmesg | grep -i -e 'SR-IOV' -e 'VF '");

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        if (!model.Pci.Devices.IsKnown)
        {
            return [Make(Verdict.Unknown, "host", "The PCI functions could not be listed: " + Quote.Unseen(model.Pci.Devices), [Quote.Of(model.Pci.Devices)])];
        }

        // A virtual function carries no SR-IOV capability of its own.
        PciDevice[] physical = [.. model.Pci.All.Where(device => device.Sriov.PhysicalFunction is null
            && (device.Capabilities.Sriov == true || device.Sriov.Total.IsKnown))];
        PciDevice[] open = [.. subjects.Candidates.Where(device => device.Sriov.PhysicalFunction is null && !physical.Contains(device)
            && !device.IsBridge && device.Capabilities.Sriov is null && device.Capabilities.Express != false)];

        // Mediated devices share a function in another way; which types exist and what they cost, only the vendor's driver knows.
        PciDevice[] mediated = [.. model.Pci.All.Where(device => device.HasMediatedTypes.Or(false) && !physical.Contains(device) && !open.Contains(device))];
        Finding[] findings = [.. physical.Select(device => Judge(model, device)), .. open.Select(Open), .. mediated.Select(Mediated)];
        if (findings.Length > 0)
        {
            return findings;
        }

        PciDevice[] unread = [.. model.Pci.All.Where(device => device.Capabilities.Sriov is null && device.Capabilities.Express != false && device.Sriov.PhysicalFunction is null)];
        return [unread.Length == 0
            ? Make(Verdict.NotApplicable, "host", "No function has the SR-IOV capability.", [Quote.Of(model.Pci.Devices) with { Excerpt = null }])
            : Make(Verdict.Unknown, "host", $"No function shows sriov_totalvfs, but the extended config space of {Quote.Count(unread.Length, "function")} was not read, so a capability "
                + "may be hidden there. Run ptdiag as root on the host itself.", [.. unread.Take(3).Select(device => Quote.Of(device.Config) with { Excerpt = Length(device) })])];
    }

    private Finding Mediated(PciDevice device) => Make(Verdict.Note, device.Address.ToString(),
        $"{device.Address} offers mediated devices (vGPU): these are not judged by this version.", [Quote.Of(device.HasMediatedTypes)]);

    private Finding Judge(HostModel model, PciDevice device)
    {
        string subject = device.Address.ToString();
        if (device.Sriov.Total is { IsKnown: true, Value: > 0 } total)
        {
            string now = device.Sriov.Configured.IsKnown ? FormattableString.Invariant($", {device.Sriov.Configured.Value} configured") : "";
            return Make(Verdict.Pass, subject, FormattableString.Invariant($"{subject} offers {Quote.Count(total.Value, "virtual function")}{now}."),
                [Quote.Of(total), Quote.Of(device.Sriov.Configured)]);
        }

        if (device.Sriov.Total.IsKnown)
        {
            return Make(Verdict.Warn, subject, $"{subject} has SR-IOV, but its driver or firmware offers 0 virtual functions.", [Quote.Of(device.Sriov.Total)], SwitchOn);
        }

        if (!device.Sriov.Total.IsAbsent)
        {
            return Make(Verdict.Unknown, subject, $"{subject} has the SR-IOV capability; how many virtual functions it offers is not known: {Quote.Unseen(device.Sriov.Total)}",
                [Quote.Of(device.Sriov.Total)]);
        }

        bool? built = model.Kernel.Config.Has("PCI_IOV");
        string why = built switch
        {
            false => "the kernel is built without CONFIG_PCI_IOV",
            true => "the device's firmware offers no virtual functions, or the kernel could not set them up",
            null => "the kernel is built without CONFIG_PCI_IOV, or the device's firmware offers no virtual functions",
        };
        return Make(Verdict.Warn, subject, $"{subject} has the SR-IOV capability, but the kernel shows no sriov_totalvfs: {why}.",
            [Quote.Of(device.Sriov.Total), new Citation(device.Config.Source, null, "extended capability 0x0010")], built == false
                ? new Remedy("Boot a kernel that is built with CONFIG_PCI_IOV=y.") : SwitchOn);
    }

    private Finding Open(PciDevice device) => Make(Verdict.Unknown, device.Address.ToString(),
        $"Whether {device.Address} has SR-IOV is not known: its extended config space was not read ({Length(device)}). Run ptdiag as root on the host itself.",
        [Quote.Of(device.Config) with { Excerpt = Length(device) }, Quote.Of(device.Sriov.Total)]);

    private static string Length(PciDevice device) => device.Config.IsKnown
        ? FormattableString.Invariant($"{device.Config.Value!.Length} bytes read") : Quote.Outcome(device.Config);
}
