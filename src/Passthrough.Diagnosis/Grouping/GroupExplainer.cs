using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Grouping;

/// <summary>Explains groups: which hop, sibling or bridge makes functions share one. Pure.</summary>
public static class GroupExplainer
{
    private const int MostReasons = 3;

    /// <summary>Explains one group. Never throws; what cannot be told is said.</summary>
    public static GroupExplanation Explain(HostModel model, IommuGroup group)
    {
        GroupPrediction prediction = GroupPrediction.Of(model);
        var members = group.Devices.ToHashSet();
        MemberPath[] paths = [.. group.Devices.Where(address => model.Pci.Find(address) is not { IsPciBridge: true })
            .Select(address => new MemberPath(address, prediction.Path(address)))];
        GroupJoin[] joins = [.. prediction.Joins.Where(join => members.Contains(join.Member) && members.Contains(join.With))];
        PciAddress[] blame = [.. joins.OrderByDescending(join => join.Member).Select(join => join.Blame).Distinct()];
        GroupExplanation Make(ExplanationState state, string sentence) =>
            new(group.Id, state, paths, joins, state is ExplanationState.Explained ? blame : [], sentence);

        if (group.IsNoIommu)
        {
            return Make(ExplanationState.Single, $"Group {group.Id} was made up by VFIO without an IOMMU: it isolates nothing.");
        }

        if (group.Devices.Count + group.OtherMembers.Count <= 1)
        {
            return Make(ExplanationState.Single, group.Devices.Count == 1 ? $"{group.Devices[0]} is alone in group {group.Id}." : $"Group {group.Id} has one member.");
        }

        string reasons = Reasons(joins);
        if (IsConnected(members, joins) && group.OtherMembers.Count == 0)
        {
            return Make(ExplanationState.Explained, $"Group {group.Id} is one group because {reasons}.");
        }

        if (First(group, address => prediction.Hop(address) is null) is { } gone)
        {
            return Make(ExplanationState.NotKnown, $"Group {group.Id} cannot be explained: {gone} is a member and is not in the inventory. Run ptdiag on the machine itself, as root.");
        }

        if (First(group, prediction.Open.ContainsKey) is { } open)
        {
            string why = prediction.Open[open];
            string known = joins.Length == 0 ? "" : $" As far as seen, {reasons}.";
            bool byList = prediction.Path(open).Any(hop => hop.State == AcsState.MayBeListed) && !prediction.Path(open).Any(hop => hop.State == AcsState.NotRead);
            return Make(ExplanationState.NotKnown, byList
                ? $"Group {group.Id} is not wholly explained by registers: {open} {why}, and whether the kernel's list of devices that isolate without ACS holds it is not visible. "
                    + $"Look for it in drivers/pci/quirks.c of this kernel.{known}"
                : $"Group {group.Id} cannot be explained without root: {open} {why}. Run ptdiag as root on the host itself.{known}");
        }

        return Make(ExplanationState.NotExplained, $"Every register was read, and ACS does not explain all of group {group.Id}: a requester alias or a rule of this platform's IOMMU driver joins its members."
            + (joins.Length == 0 ? "" : $" In part, {reasons}."));
    }

    private static PciAddress? First(IommuGroup group, Func<PciAddress, bool> accepts) =>
        group.Devices.Where(accepts).Select(address => (PciAddress?)address).FirstOrDefault();

    private static string Reasons(IReadOnlyList<GroupJoin> joins) =>
        string.Join("; and ", joins.OrderByDescending(join => join.Member)
            .DistinctBy(join => join.Reason == JoinReason.Siblings ? $"{join.Member.Domain}:{join.Member.Bus}:{join.Member.Device}" : join.Sentence)
            .Select(join => join.Sentence).Take(MostReasons)) is { Length: > 0 } text ? text : "nothing that was read";

    private static bool IsConnected(HashSet<PciAddress> members, IReadOnlyList<GroupJoin> joins)
    {
        var reached = new HashSet<PciAddress>();
        var next = new Stack<PciAddress>([members.First()]);
        ILookup<PciAddress, PciAddress> ways = joins.SelectMany(join => new[] { (From: join.Member, To: join.With), (From: join.With, To: join.Member) })
            .ToLookup(way => way.From, way => way.To);
        while (next.TryPop(out PciAddress at))
        {
            if (reached.Add(at))
            {
                foreach (PciAddress way in ways[at])
                {
                    next.Push(way);
                }
            }
        }

        return reached.Count == members.Count;
    }
}
