using Passthrough.Host.Guests;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-014: the CPU mode of the guest.</summary>
internal sealed class Virt014CpuMode : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-014";

    /// <inheritdoc />
    public override string Title => "The guest sees the real CPU";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.Low;

    /// <inheritdoc />
    public override string Explanation =>
        "With host-passthrough the guest sees the host's CPU with its features and address width; host-model comes close and can be migrated. A named or "
        + "default model hides features that drivers of assigned devices may look for, and shows 40-bit addresses, which limits where large BARs can be placed.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass with host-passthrough, maximum or host-model. Note with anything else.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["libvirt: domain XML format, <cpu mode>", "QEMU: docs/system/cpu-models-x86.rst.inc"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Set <cpu mode='host-passthrough'/> for a guest that stays on this host.")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        string? mode = definition.Cpu.Mode;
        bool isReal = mode is "host-passthrough" or "host-model" or "maximum";
        tally.Add(isReal ? Verdict.Pass : Verdict.Note, isReal ? $"The CPU mode is {mode}." : $"The CPU mode is {mode ?? "not stated"}: the guest does not see the features of the real CPU.",
            GuestFacts.Cite(guest, $"cpu mode {mode ?? "not stated"}"));
    }
}
