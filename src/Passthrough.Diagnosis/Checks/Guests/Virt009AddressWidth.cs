using Passthrough.Host.Guests;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-009: the guest does not use wider addresses than the IOMMU translates.</summary>
internal sealed class Virt009AddressWidth : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-009";

    /// <inheritdoc />
    public override string Title => "Guest addresses fit the IOMMU";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "VFIO maps the guest's memory, and its devices' BARs, into the IOMMU at the guest's own addresses. Intel's units tell how wide an address they "
        + "translate (39 bits on many desktops, which is 512 GiB). Memory beyond that cannot be mapped; a BAR beyond it is not reachable for other devices, and "
        + "QEMU may refuse it.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when memory and the 64-bit window end below the limit. Fail when memory itself does not. Warn when the guest is told of wider addresses than the "
        + "IOMMU has and its window does not fit below, or of too narrow ones. Unknown when memory or the units' registers were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Intel VT-d specification: capability register, MGAW and SAGAW", "AMD I/O virtualization specification: extended feature register, HATS", "QEMU: hw/vfio/listener.c", "libvirt: domain XML format, <cpu><maxphysaddr>"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Limit the addresses of the guest: <cpu mode='host-passthrough'><maxphysaddr mode='emulate' bits='39'/></cpu> with the width of the IOMMU.")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        IReadOnlyList<GivenFunction> functions = GuestFacts.Functions(subjects.Model, definition);
        if (GuestBudget.EndOfMemory(definition) is not { } end)
        {
            tally.Add(Verdict.Unknown, "The definition does not tell how much memory the guest has. Read its <memory> element.", GuestFacts.Cite(guest, "<memory>"));
            return;
        }

        if (GuestFacts.AddressBits(subjects.Model, functions, out string open) is not { } bits)
        {
            tally.Add(Verdict.Unknown, $"How wide an address the IOMMU translates is not known: {open}", Quote.Of(subjects.Model.Iommu.Units) with { Excerpt = null });
            return;
        }

        (long hole, bool _) = GuestBudget.MmioHole(definition);
        long top = end + hole;
        string width = FormattableString.Invariant($"{bits} bits ({Quote.Bytes(1L << bits)})");
        Citation line = GuestFacts.Cite(guest, $"memory {Quote.Bytes(definition.TotalBytes!.Value)}");
        int? stated = definition.Cpu.MaxPhysAddrMode == "emulate" ? definition.Cpu.MaxPhysAddrBits : null;
        if (end > 1L << bits)
        {
            tally.Add(Verdict.Fail, $"The guest's memory ends at about {Quote.Bytes(end)}, beyond the {width} that the IOMMU translates.", line, new Remedy("Give the guest less memory."));
        }
        else if (stated is { } narrow and > 0 and < 63 && end > 1L << narrow)
        {
            tally.Add(Verdict.Warn, FormattableString.Invariant($"maxphysaddr of {narrow} bits is too narrow for the guest's memory, which ends at about {Quote.Bytes(end)}."), line,
                new Remedy("Raise bits of <maxphysaddr>, or remove the element."));
        }
        else if (top > 1L << bits)
        {
            tally.Add(Verdict.Warn, $"Memory and the 64-bit window end at about {Quote.Bytes(top)}, beyond the {width} that the IOMMU translates.", line, new Remedy("Make <pcihole64> smaller, or give the guest less memory."));
        }
        else
        {
            tally.Add(Verdict.Pass, $"Memory and the 64-bit window end at about {Quote.Bytes(top)}, within the {width} that the IOMMU translates.", line);
        }
    }
}
