using Passthrough.Host.Guests;

namespace Passthrough.Diagnosis.Checks;

/// <summary>BAR-003: the 64-bit window of the guest holds the BARs of its functions.</summary>
internal sealed class Bar003MmioHole : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "BAR-003";

    /// <inheritdoc />
    public override string Title => "The guest has room for large BARs";

    /// <inheritdoc />
    public override Section Section => Section.MemoryWindows;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "A card with large BARs (16 GiB and more with resizable BAR) needs as much 64-bit address space in the guest. QEMU offers 32 GiB on q35 and 2 GiB on "
        + "i440fx unless pcihole64 says more; recent OVMF sizes the window by the CPU's address width instead. What does not fit is left without an address, and "
        + "the driver fails.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when the sum of the 64-bit prefetchable BARs, each function's rounded up to a power of two, fits. Note when it does not, pcihole64 is not stated "
        + "and the guest boots by UEFI with the host's CPU. Warn otherwise. Unknown when BARs were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["QEMU: hw/pci-host/q35.c and i440fx.c (pci-hole64-size)", "EDK II: OvmfPkg/Library/PlatformInitLib/MemDetect.c", "libvirt: domain XML format, <controller><pcihole64>"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Add <pcihole64 unit='GiB'>N</pcihole64> to the <controller type='pci' model='pcie-root'>, boot by UEFI, and use <cpu mode='host-passthrough'>.")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        IReadOnlyList<GivenFunction> functions = GuestFacts.Functions(subjects.Model, definition);
        if (GuestBudget.MmioBytes(functions, out GivenFunction? open) is not { } need)
        {
            bool isMissing = open!.Device is null && subjects.Model.Pci.Devices.IsKnown;
            tally.Add(Verdict.Unknown, $"The BARs of {open.Address} are not known: {(open.Device is { } device ? Quote.Unseen(device.Bars) : isMissing
                ? "it does not exist. Look at VIRT-001 first." : Quote.Unseen(subjects.Model.Pci.Devices))}", GuestFacts.Cite(guest, open.Source));
            return;
        }

        (long hole, bool isStated) = GuestBudget.MmioHole(definition);
        string sum = $"64-bit BARs need {Quote.Bytes((long)Math.Min(need, long.MaxValue))}, and the window is {Quote.Bytes(hole)} ({(isStated ? "pcihole64" : "QEMU's default")})";
        Citation line = GuestFacts.Cite(guest, isStated ? $"pcihole64 {Quote.Bytes(hole)}" : $"machine {definition.Machine ?? "not stated"}, no pcihole64");
        if (need <= (ulong)hole)
        {
            tally.Add(Verdict.Pass, sum + ".", line);
            return;
        }

        bool isSized = !isStated && definition.IsUefi == true && definition.Cpu.Mode is "host-passthrough" or "maximum";
        tally.Add(isSized ? Verdict.Note : Verdict.Warn, isSized ? $"{sum}; recent OVMF makes the window larger by itself, by the CPU's address width." : $"{sum}.", line, isSized ? null : Remedies[0]);
    }
}
