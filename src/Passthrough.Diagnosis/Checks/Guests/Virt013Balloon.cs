using Passthrough.Host.Guests;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-013: a memory balloon beside an assigned function.</summary>
internal sealed class Virt013Balloon : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-013";

    /// <inheritdoc />
    public override string Title => "The memory balloon is understood";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.Low;

    /// <inheritdoc />
    public override string Explanation =>
        "A balloon gives memory back to the host while the guest runs. With an assigned function all memory is pinned, and QEMU ignores what the balloon gives "
        + "back. It does no harm beyond a device more, and its statistics still work.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass with model none. Note otherwise: without the element libvirt adds a virtio balloon.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["QEMU: hw/virtio/virtio-balloon.c and ram_block_discard_disable in hw/vfio", "libvirt: domain XML format, <memballoon>"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Nothing needs to be done; <memballoon model='none'/> takes the device away.")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        bool isNone = definition.MemballoonModel == "none";
        tally.Add(isNone ? Verdict.Pass : Verdict.Note, isNone ? "The guest has no memory balloon."
            : "The guest has a memory balloon, which returns no memory to the host while a function is assigned.", GuestFacts.Cite(guest, $"memballoon {definition.MemballoonModel ?? "not stated"}"));
    }
}
