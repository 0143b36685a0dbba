using Passthrough.Host.Guests;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-008: what a virtual IOMMU needs is there.</summary>
internal sealed class Virt008VirtualIommu : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-008";

    /// <inheritdoc />
    public override string Title => "The virtual IOMMU is complete";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "QEMU's intel-iommu needs a q35 machine; with interrupt remapping it needs the I/O APIC in QEMU (<ioapic driver='qemu'/>), which recent libvirt adds by "
        + "itself and older ones demand; and with assigned functions it needs caching_mode='on', because only then does QEMU see which mappings the guest makes. "
        + "It is off by default.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when these hold. Fail on another machine than q35, with an I/O APIC in KVM beside interrupt remapping, with eim without intremap, or with "
        + "assigned functions and caching_mode not on. Warn when the I/O APIC is not stated. Not applicable without an intel-iommu.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["libvirt: domain XML format, <iommu>", "libvirt: src/conf/domain_validate.c (virDomainDefIOMMUValidate)", "QEMU: hw/i386/intel_iommu.c (caching-mode)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Write <iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu> and, under <features>, <ioapic driver='qemu'/>.")];

    /// <inheritdoc />
    protected override bool NeedsFunctions => false;

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        if (definition.Iommu is not { Model: "intel" } iommu)
        {
            tally.Add(Verdict.NotApplicable, definition.Iommu is { } other ? $"A virtual IOMMU of model {other.Model ?? "unknown"} has no such prerequisites." : "The guest has no virtual IOMMU.");
            return;
        }

        Citation line = GuestFacts.Cite(guest, $"iommu intel, intremap={iommu.Intremap}, caching_mode={iommu.CachingMode}, ioapic={definition.IoapicDriver}");
        if (definition.IsQ35 == false)
        {
            tally.Add(Verdict.Fail, $"intel-iommu needs a q35 machine, and this is {definition.Machine}.", line, new Remedy("Change the machine type to q35; Windows may ask for its activation again."));
        }

        if (definition.Devices.Any() && iommu.CachingMode != "on" && !definition.IsProxmox)
        {
            tally.Add(Verdict.Fail, "caching_mode is not on, and QEMU refuses assigned functions behind an intel-iommu without it.", line, Remedies[0]);
        }

        if (iommu.Intremap == "on" && definition.IoapicDriver is not "qemu" && !definition.IsProxmox)
        {
            bool isKvm = definition.IoapicDriver is not null;
            tally.Add(isKvm ? Verdict.Fail : Verdict.Warn, isKvm ? $"Interrupt remapping needs <ioapic driver='qemu'/>, and this guest has {definition.IoapicDriver}: libvirt refuses it."
                : "Interrupt remapping needs <ioapic driver='qemu'/>, which is not stated: only recent libvirt adds it by itself.", line, Remedies[0]);
        }

        if (iommu.Eim == "on" && iommu.Intremap != "on")
        {
            tally.Add(Verdict.Fail, "eim='on' needs intremap='on': libvirt refuses it.", line, Remedies[0]);
        }

        tally.Add(Verdict.Pass, "The virtual IOMMU has what it needs.", line);
    }
}
