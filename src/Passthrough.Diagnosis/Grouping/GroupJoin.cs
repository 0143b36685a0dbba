using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Grouping;

/// <summary>Two functions that the kernel must put into one group, and why.</summary>
/// <param name="Member">The function.</param>
/// <param name="With">What it is joined with: the bridge or port above, or a function of the same device.</param>
/// <param name="Reason">The rule.</param>
/// <param name="Blame">The hop, sibling or bridge that makes it so.</param>
/// <param name="Sentence">The reason, one sentence without a full stop.</param>
public sealed record GroupJoin(PciAddress Member, PciAddress With, JoinReason Reason, PciAddress Blame, string Sentence);

/// <summary>Why two functions share a group.</summary>
public enum JoinReason
{
    /// <summary>A bridge to conventional PCI stands above: one requester id for all below.</summary>
    RequesterAlias,

    /// <summary>A port on the way up does not redirect requests between peers.</summary>
    Port,

    /// <summary>Functions of one device without ACS.</summary>
    Siblings,
}
