using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Grouping;

/// <summary>Why the members of a group are in one group.</summary>
/// <param name="GroupId">The group's number.</param>
/// <param name="State">How far it is explained.</param>
/// <param name="Paths">For each member that is no bridge: itself and what stands above it.</param>
/// <param name="Joins">The rules that hold the group together.</param>
/// <param name="Blame">The hop, sibling or bridge to blame, the nearest first; empty where nothing is to blame or it is not known.</param>
/// <param name="Sentence">The explanation a person reads, one or two sentences.</param>
public sealed record GroupExplanation(string GroupId, ExplanationState State, IReadOnlyList<MemberPath> Paths, IReadOnlyList<GroupJoin> Joins,
    IReadOnlyList<PciAddress> Blame, string Sentence);

/// <summary>A member and the hops from it to the root, nearest first; the first is the member itself.</summary>
public sealed record MemberPath(PciAddress Member, IReadOnlyList<AcsHop> Hops);

/// <summary>How far a group is explained.</summary>
public enum ExplanationState
{
    /// <summary>At most one function: nothing to explain.</summary>
    Single,

    /// <summary>The registers explain every member.</summary>
    Explained,

    /// <summary>Registers were not read, or the kernel's list of known devices may decide.</summary>
    NotKnown,

    /// <summary>Everything was read, and nothing in it joins these members: an alias or a rule that registers do not show.</summary>
    NotExplained,
}
