using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Grouping;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary>Prints why functions share their group: for the named functions, else for groups that hold a candidate.</summary>
internal static class WhyText
{
    /// <summary>Draws one paragraph a group; nothing where no group asks for it.</summary>
    public static void Draw(IAnsiConsole console, HostModel model, IReadOnlyList<PciAddress> only)
    {
        IEnumerable<PciAddress> asked = only.Count > 0 ? only : Candidates.Of(model, new AuditOptions { Today = default }).Select(device => device.Address);
        IommuGroup[] groups = [.. asked.Select(model.Iommu.GroupOf).OfType<IommuGroup>().DistinctBy(group => group.Id)
            .Where(group => only.Count > 0 || group.Devices.Count + group.OtherMembers.Count > 1)];
        if (groups.Length == 0)
        {
            return;
        }

        console.WriteLine();
        console.WriteLine("Why these groups:");
        foreach (IommuGroup group in groups)
        {
            GroupExplanation explanation = GroupExplainer.Explain(model, group);
            console.WriteLine($"  {explanation.Sentence}");
            foreach (MemberPath path in explanation.Paths.Where(path => only.Count == 0 || only.Contains(path.Member)))
            {
                foreach (AcsHop hop in path.Hops)
                {
                    string mark = hop.State switch { AcsState.Isolates => "isolates", AcsState.Joins => "joins", AcsState.MayBeListed => "may be listed", _ => "not read" };
                    console.WriteLine($"    {(hop.Address == path.Member ? hop.Address.ToString() : "  above: " + hop.Address)} {hop.Role}: {mark} (it {hop.Why})");
                }
            }
        }

        GroupJoin[] splits = [.. GroupPrediction.Of(model).Splits.Take(4)];
        foreach (GroupJoin split in splits)
        {
            console.WriteLine($"  Groups that registers do not explain: {split.Member} and {split.With} are separate, although {split.Sentence} (GRP-008).");
        }
    }
}
