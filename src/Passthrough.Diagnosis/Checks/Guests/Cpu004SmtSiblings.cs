using Passthrough.Host.Cpu;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>CPU-004: pins respect which CPUs are two threads of one core.</summary>
internal sealed class Cpu004SmtSiblings : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "CPU-004";

    /// <inheritdoc />
    public override string Title => "Guests do not share a core by SMT";

    /// <inheritdoc />
    public override Section Section => Section.Cpu;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "Two CPUs that are threads of one core (thread_siblings_list) share its units: a busy neighbour costs throughput and latency, and data can leak between "
        + "them. A guest whose topology says two threads a core should find each pair of virtual CPUs on one real core, and nobody else's.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when no core is shared with another guest and the guest's pairs lie on real pairs. Warn when another guest that runs or starts with the machine "
        + "is pinned to a sibling, or the pairs do not match. Note when the other guest is neither, or nothing is pinned. Unknown when siblings, or other "
        + "definitions, were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: Documentation/admin-guide/cputopology.rst (thread_siblings_list)", "Linux: Documentation/admin-guide/hw-vuln/core-scheduling.rst", "libvirt: domain XML format, <cpu><topology>"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Pin whole cores: give both threads of a core to the same guest, virtual CPUs 2n and 2n+1 to one pair, and set threads=2 in its topology.")];

    /// <inheritdoc />
    protected override bool NeedsFunctions => false;

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        HostModel model = subjects.Model;
        CpuSet pinned = GuestFacts.Pinned(definition);
        if (pinned.Count == 0)
        {
            tally.Add(Verdict.Note, "No virtual CPU is pinned, so it may share a core with anything.", GuestFacts.Cite(guest, "no vcpupin"));
            return;
        }

        var cores = new Dictionary<int, CpuSet>();
        foreach (int cpu in pinned.Members)
        {
            if (model.Cpu.Cpus.FirstOrDefault(core => core.Number == cpu) is not { Siblings.IsKnown: true } core)
            {
                tally.Add(Verdict.Unknown, FormattableString.Invariant($"Which CPUs share a core with CPU {cpu} is not known. Read its topology/thread_siblings_list on the machine."), GuestFacts.Cite(guest, $"cpus {pinned}"));
                return;
            }

            cores[cpu] = core.Siblings.Value!;
        }

        foreach (Guest other in model.Guests.All.Where(other => other.Name != guest.Name && other.Definition.IsKnown))
        {
            CpuSet shared = GuestFacts.Pinned(other.Definition.Value!).Intersect(CpuSet.Of(cores.Values.SelectMany(core => core.Members)));
            bool? together = other.IsRunning == true || other.IsAutostarted == true ? true : other.IsRunning is null || other.IsAutostarted is null ? null : false;
            if (shared.Count > 0)
            {
                tally.Add(together switch { true => Verdict.Warn, false => Verdict.Note, _ => Verdict.Unknown },
                    $"{other.Name} is pinned to CPU {shared}, on the cores of this guest{(together is null ? "; whether it runs at the same time is not known. Look with \"virsh list\"" : "")}.",
                    new Citation(other.Path, null, $"cpus {shared}"), together == true ? Remedies[0] : null);
            }
        }

        ComparePairs(guest, definition, cores, tally);
        if (GuestFacts.UnseenDefinition(model) is { } unseen)
        {
            tally.Add(Verdict.Unknown, $"Whether another guest is pinned to the same cores is not known: {unseen.Sentence}", unseen.Citation);
        }

        tally.Add(Verdict.Pass, "No other guest is pinned to the cores of this one.", GuestFacts.Cite(guest, $"cpus {pinned}"));
    }

    // Only pins on single CPUs say which virtual CPU is which thread.
    private void ComparePairs(Guest guest, GuestDefinition definition, Dictionary<int, CpuSet> cores, Tally tally)
    {
        if (definition.Cpu.Topology is not { Threads: > 1 } topology || definition.IsProxmox)
        {
            return;
        }

        foreach (IGrouping<int, KeyValuePair<int, string>> core in definition.VcpuPins.GroupBy(pin => pin.Key / topology.Threads))
        {
            int[] places = [.. core.Where(pin => GuestFacts.Members(pin.Value).Count() == 1).Select(pin => GuestFacts.Members(pin.Value).First())];
            if (places.Length > 1 && places.Any(cpu => !cores[places[0]].Contains(cpu)))
            {
                tally.Add(Verdict.Warn, $"The guest takes virtual CPUs {string.Join(", ", core.Select(pin => FormattableString.Invariant($"{pin.Key}")))} for threads of one core, but they are pinned to CPU "
                    + $"{CpuSet.Of(places)}, which share none.", GuestFacts.Cite(guest, $"threads {topology.Threads}"), Remedies[0]);
                return;
            }
        }
    }
}
