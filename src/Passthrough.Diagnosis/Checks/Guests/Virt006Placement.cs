using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-006: the CPUs and nodes that a definition names exist, and agree.</summary>
internal sealed class Virt006Placement : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-006";

    /// <inheritdoc />
    public override string Title => "The placement names what the host has";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "vcpupin, emulatorpin and iothreadpin name CPUs of the host, numatune names its nodes. A definition that was copied from another machine names what is "
        + "not there, and the guest does not start; CPUs on one node and memory bound to another make every access of the guest a remote one.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when everything that is named exists, and CPUs and memory share a node. Fail when a list does not parse, none of its CPUs is online, or a node is "
        + "missing. Warn when some of its CPUs are not online, or CPUs and memory are on different nodes. Unknown when CPUs or nodes were not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["libvirt: domain XML format, <cputune> and <numatune>", "Linux: Documentation/admin-guide/cputopology.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Name CPUs and nodes of this machine: lscpu -e shows which CPU is on which node.")];

    /// <inheritdoc />
    protected override bool NeedsFunctions => false;

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        HostModel model = subjects.Model;
        List<(string Name, string List)> lists = [.. definition.VcpuPins.Select(pin => (FormattableString.Invariant($"vcpupin {pin.Key}"), pin.Value)),
            .. definition.IothreadPins.Select(pin => (FormattableString.Invariant($"iothreadpin {pin.Key}"), pin.Value))];
        lists.AddRange(definition.EmulatorPin is { } emulator ? [("emulatorpin", emulator)] : []);
        lists.AddRange(definition.VcpuCpuset is { } fallback ? [("vcpu cpuset", fallback)] : []);
        if (lists.Count > 0)
        {
            JudgeCpus(model, guest, lists, tally);
        }

        foreach (GuestMemoryPolicy policy in definition.NumaTune.Where(policy => policy.Nodeset is not null))
        {
            JudgeNodes(model, guest, policy.Nodeset!, tally);
        }

        if (tally.IsEmpty)
        {
            tally.Add(Verdict.Pass, "The definition names no CPU and no node, so nothing in it can be missing here.", GuestFacts.Cite(guest, "no cputune, no numatune"));
        }
        else
        {
            Compare(model, guest, definition, tally);
        }
    }

    private static void JudgeCpus(HostModel model, Guest guest, List<(string Name, string List)> lists, Tally tally)
    {
        Reading<CpuSet> online = model.Cpu.Online;
        foreach ((string name, string list) in lists.Where(item => !NodeSet.TryParse(item.List, out _)))
        {
            tally.Add(Verdict.Fail, $"\"{list}\" of {name} is no list of CPUs.", GuestFacts.Cite(guest, $"{name} cpuset='{list}'"));
        }

        if (!online.IsKnown)
        {
            tally.Add(Verdict.Unknown, $"Whether the CPUs that the definition names exist is not known: {Quote.Unseen(online)}", Quote.Of(online));
            return;
        }

        (string Name, CpuSet Missing, bool IsAll)[] missing = [.. lists.Select(item => (item.Name, Named: CpuSet.Of(GuestFacts.Members(item.List))))
            .Select(item => (item.Name, Missing: item.Named.Except(online.Value!), item.Named)).Where(item => item.Missing.Count > 0)
            .Select(item => (item.Name, item.Missing, item.Missing.Count == item.Named.Count))];
        if (missing.Length == 0)
        {
            tally.Add(Verdict.Pass, "The CPUs and nodes that the definition names are here.", Quote.Of(online));
            return;
        }

        bool isStopped = missing.Any(item => item.IsAll);
        string who = Quote.List(missing.Where(item => !isStopped || item.IsAll).Select(item => item.Name), 4);
        tally.Add(isStopped ? Verdict.Fail : Verdict.Warn, $"CPU {CpuSet.Of(missing.SelectMany(item => item.Missing.Members))} is not online here, and the definition names "
            + (isStopped ? $"no other in {who}: the guest cannot start." : $"it in {who}."), Quote.Of(online), new Remedy("Name CPUs of this machine: lscpu -e shows them.", "lscpu -e"));
    }

    private static void JudgeNodes(HostModel model, Guest guest, string list, Tally tally)
    {
        Citation line = GuestFacts.Cite(guest, $"numatune nodeset='{list}'");
        bool isWithout = model.Memory.Nodes.IsAbsent && IommuFacts.AbsenceIsFact(model);
        if (!NodeSet.TryParse(list, out CpuSet nodes))
        {
            tally.Add(Verdict.Fail, $"\"{list}\" of numatune is no list of nodes.", line);
        }
        else if (!model.Memory.Nodes.IsKnown && !isWithout)
        {
            tally.Add(Verdict.Unknown, $"Whether the nodes that the definition names exist is not known: {Quote.Unseen(model.Memory.Nodes)}", Quote.Of(model.Memory.Nodes));
        }
        else if (nodes.Members.FirstOrDefault(id => isWithout ? id != 0 : model.Memory.AllNodes.All(node => node.Id != id), -1) is var missing and >= 0)
        {
            tally.Add(Verdict.Fail, FormattableString.Invariant($"numatune names node {missing}, which this machine does not have: the guest cannot start."), line,
                new Remedy("Name nodes of this machine in <numatune>: numactl -H and lscpu show them.", "lscpu"));
        }
        else
        {
            tally.Add(Verdict.Pass, "The CPUs and nodes that the definition names are here.", line);
        }
    }

    private static void Compare(HostModel model, Guest guest, GuestDefinition definition, Tally tally)
    {
        if (GuestFacts.MemoryNodes(definition) is not { } memory || GuestFacts.VcpuCpus(definition) is not { } cpus || NodeFacts.IsSingle(model) == true)
        {
            return;
        }

        if (GuestFacts.NodesOf(model, cpus) is not { } running)
        {
            tally.Add(Verdict.Unknown, "Which node the pinned CPUs are on is not known. Read /sys/devices/system/node/node*/cpulist on the machine.", GuestFacts.Cite(guest, cpus.ToString()));
        }
        else if (running.Intersect(memory).Count == 0)
        {
            tally.Add(Verdict.Warn, $"The virtual CPUs run on node {running}, and the memory comes from node {memory}: every access is a remote one.",
                GuestFacts.Cite(guest, $"cpus {cpus}, nodeset {memory}"), new Remedy("Bind memory and virtual CPUs to the same node, that of the assigned function."));
        }
    }
}
