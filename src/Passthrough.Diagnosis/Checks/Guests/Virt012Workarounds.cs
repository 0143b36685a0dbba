using Passthrough.Host.Guests;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-012: workarounds that are no longer needed, or have no effect.</summary>
internal sealed class Virt012Workarounds : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-012";

    /// <inheritdoc />
    public override string Title => "No obsolete workaround is in use";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.Low;

    /// <inheritdoc />
    public override string Explanation =>
        "NVIDIA's drivers refused to run in a guest (code 43) until release 465 of 2021; hiding KVM and a made-up Hyper-V vendor id were the answer and are "
        + "still copied. Functions given by QEMU arguments escape libvirt: it neither rebinds them nor allows for the memory they lock. A driver name other than "
        + "vfio stands for assignment that is long gone.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when none is used. Note for a hidden KVM or vendor id beside an NVIDIA function, for functions in QEMU arguments, for a driver name other than "
        + "vfio, and for QEMU arguments that have no effect. Unknown when KVM is hidden and a function's vendor was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["libvirt: domain XML format, <features><kvm>", "NVIDIA: GeForce passthrough with driver 465 and later", "libvirt: docs/drvqemu.rst, QEMU command-line passthrough"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Remove what the guest no longer needs, one thing at a time.")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        bool isHiding = definition.IsKvmHidden == true || definition.HypervVendorId is not null;
        foreach (GivenFunction function in isHiding ? GuestFacts.Functions(subjects.Model, definition) : [])
        {
            if (function.Device is { VendorId.IsKnown: true } device && device.VendorId.Value == 0x10de)
            {
                tally.Add(Verdict.Note, "KVM or its Hyper-V vendor id is hidden, which NVIDIA's drivers need no longer since release 465; other software may.",
                    GuestFacts.Cite(guest, $"kvm hidden {definition.IsKvmHidden}, vendor_id {definition.HypervVendorId}"));
            }
            else if (function.Device is null ? !subjects.Model.Pci.Devices.IsKnown : !function.Device.VendorId.IsKnown)
            {
                tally.Add(Verdict.Unknown, $"Whether {function.Address} is NVIDIA's, and KVM hidden for it, is not known. Look with \"ptdiag devices\" on the machine.", GuestFacts.Cite(guest, function.Source));
            }
        }

        foreach (GuestDevice device in definition.CommandLineDevices)
        {
            tally.Add(Verdict.Note, $"{device.Address} is given by QEMU arguments: {(definition.IsProxmox ? "Proxmox" : "libvirt")} does not rebind it, nor allow for the memory it locks.",
                GuestFacts.Cite(guest, device), new Remedy("Give it by <hostdev> (hostpci on Proxmox) where that can express what you need."));
        }

        foreach (GuestDevice device in definition.Devices.Where(device => device.Driver is not (null or "vfio")))
        {
            tally.Add(Verdict.Note, $"The driver of {device.Address} is named {device.Driver}, a kind of assignment that is gone.", GuestFacts.Cite(guest, device), new Remedy("Remove the <driver> element."));
        }

        foreach (string problem in definition.Problems.Where(problem => problem.Contains("has no effect", StringComparison.Ordinal)))
        {
            tally.Add(Verdict.Note, $"{guest.Path}, {problem}.", GuestFacts.Cite(guest, problem));
        }

        tally.Add(Verdict.Pass, "None of the known obsolete workarounds is in use.", GuestFacts.Cite(guest, "features"));
    }
}
