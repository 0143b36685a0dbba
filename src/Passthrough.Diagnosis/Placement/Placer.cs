using System.Globalization;
using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Cpu;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Placement;

/// <summary>
/// Places guests on the nodes of a host: near their devices, on whole cores, with memory of the same node, and QEMU's own threads on the host's CPUs.
/// Pure. Several guests share one host and never a core; the first in the list chooses first.
/// </summary>
public static class Placer
{
    /// <summary>Places the guests in order.</summary>
    public static IReadOnlyList<GuestPlacement> Place(HostModel model, IReadOnlyList<GuestRequest> guests)
    {
        HostCores? cores = HostCores.Of(model, out string why);
        var memory = new Dictionary<int, long>();
        var pages = new Dictionary<(int Node, long Size), long>();
        return [.. guests.Select(guest => cores is null ? Nowhere(guest, why) : new Placing(model, cores, memory, pages, guest).Run())];
    }

    private static GuestPlacement Nowhere(GuestRequest guest, string why) => new()
    {
        Request = guest,
        Cells = [],
        VcpuPins = [],
        ThreadsPerCore = 1,
        EmulatorCpus = CpuSet.Empty,
        IothreadCpus = CpuSet.Empty,
        Problems = [why],
        Notes = [],
    };

    /// <summary>One guest.</summary>
    private sealed class Placing(HostModel model, HostCores cores, Dictionary<int, long> givenBytes, Dictionary<(int Node, long Size), long> givenPages, GuestRequest guest)
    {
        private readonly List<string> _problems = [];
        private readonly List<string> _notes = [];

        public GuestPlacement Run()
        {
            _notes.AddRange(cores.Doubts);
            int[] nodes = Choose();
            int[] share = Shares(guest.Vcpus, nodes.Length);
            var pins = new List<int>();
            var cells = new List<PlacedCell>();
            int threads = nodes.Min(cores.ThreadsPerCore);

            // A core is shown as one only where every one of its threads is a virtual CPU.
            threads = share.All(vcpus => vcpus % threads == 0) ? threads : 1;
            for (int i = 0; i < nodes.Length; i++)
            {
                IReadOnlyList<CpuSet> taken = cores.Take(nodes[i], share[i]);
                int[] cpus = [.. taken.SelectMany(core => core.Members).Take(share[i])];
                int idle = taken.Sum(core => core.Count) - cpus.Length;
                if (idle > 0)
                {
                    _notes.Add(string.Create(CultureInfo.InvariantCulture,
                        $"{idle} thread{(idle == 1 ? " of its last core stays" : "s of its last core stay")} idle, so that no other guest shares the core: a number of virtual CPUs that fills whole cores uses them."));
                }

                long bytes = i == 0 ? guest.MemoryBytes - (guest.MemoryBytes / nodes.Length / Unit * Unit * (nodes.Length - 1)) : guest.MemoryBytes / nodes.Length / Unit * Unit;
                cells.Add(new PlacedCell(nodes[i] == HostCores.NoNode ? null : nodes[i], pins.Count, share[i], bytes, TakeMemory(nodes[i], bytes)));
                pins.AddRange(cpus);
            }

            if (pins.Count < guest.Vcpus)
            {
                pins.Clear();
            }

            CpuSet house = CpuSet.Of(nodes.SelectMany(node => cores.House(node).Members));
            if (house.Count == 0)
            {
                _problems.Add("No CPU is left for QEMU's own threads: leave at least one core of the machine out of the isolated ones.");
            }

            return new GuestPlacement
            {
                Request = guest,
                Cells = cells,
                VcpuPins = pins,
                ThreadsPerCore = threads,
                EmulatorCpus = house,
                IothreadCpus = guest.Iothreads > 0 ? house : CpuSet.Empty,
                Problems = _problems,
                Notes = _notes,
            };
        }

        private long Unit => guest.HugePageBytes > 0 ? guest.HugePageBytes : 1 << 20;

        /// <summary>The device's node where the guest fits on it, else the nearest that holds it whole, else as few nodes as it takes, the nearest first.</summary>
        private int[] Choose()
        {
            int[] all = [.. cores.Nodes];
            int near = Near(all);
            int[] byDistance = [.. all.OrderBy(node => node == near ? 0 : 1).ThenBy(node => Distance(near, node)).ThenBy(node => node)];
            if (cores.FreeCpus(near) >= guest.Vcpus)
            {
                return [near];
            }

            // All of it on one node that is far from the device is better than memory that is far from half of its CPUs.
            int free = cores.FreeCpus(near);
            if (Array.Find(byDistance, node => cores.FreeCpus(node) >= guest.Vcpus) is var other && cores.FreeCpus(other) >= guest.Vcpus)
            {
                _notes.Add(string.Create(CultureInfo.InvariantCulture,
                    $"Node {near}, which its devices are on, has {Quote.Count(free, "CPU")} for guests and {guest.Vcpus} {(guest.Vcpus == 1 ? "is" : "are")} asked for: the guest lies on node {other}, far from them."));
                return [other];
            }

            for (int count = 2; count <= byDistance.Length; count++)
            {
                int[] few = byDistance[..count];
                int[] share = Shares(guest.Vcpus, count);
                if (few.Zip(share).All(pair => cores.FreeCpus(pair.First) >= pair.Second))
                {
                    _notes.Add(string.Create(CultureInfo.InvariantCulture,
                        $"Node {near} has {free} CPUs for guests and {guest.Vcpus} are asked for: the guest lies on nodes {string.Join(", ", few)} and gets a cell for each, so that its own scheduler knows."));
                    return few;
                }
            }

            _problems.Add(string.Create(CultureInfo.InvariantCulture,
                $"{Quote.Count(guest.Vcpus, "virtual CPU")} {(guest.Vcpus == 1 ? "does" : "do")} not fit: {string.Join(", ", byDistance.Select(node => Named(node) + " has " + cores.FreeCpus(node).ToString(CultureInfo.InvariantCulture)))} for guests{(cores.IsIsolated ? " (isolated ones)" : "")}, and a core is not shared."));
            return [near];
        }

        private int Near(int[] all)
        {
            int[] asked = [.. guest.Devices.Select(NodeOf).Where(node => node is { } known && all.Contains(known)).Select(node => node!.Value)];
            if (asked.Distinct().Count() > 1)
            {
                _notes.Add("Its devices are on different nodes (" + string.Join(", ", guest.Devices.Select(device => $"{device}: {NodeOf(device)?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}"))
                    + "): the node of most of them is taken, and the others are far.");
            }

            PciAddress[] silent = [.. guest.Devices.Where(device => NodeOf(device) is null)];
            if (all.Length > 1 && silent.Length > 0)
            {
                _notes.Add($"The node of {Quote.List(silent.Select(device => device.ToString()))} is not known, so nothing is placed by it (NUM-001).");
            }

            return asked.Length > 0
                ? asked.GroupBy(node => node).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).First().Key
                : all.OrderByDescending(node => cores.FreeCpus(node) >= guest.Vcpus).ThenByDescending(FreeBytes).ThenBy(node => node).First();
        }

        private int? NodeOf(PciAddress device) => model.Pci.Find(device)?.NumaNode is { IsKnown: true, Value: >= 0 and <= int.MaxValue } node ? (int)node.Value : null;

        private long Distance(int from, int to) =>
            model.Memory.AllNodes.FirstOrDefault(node => node.Id == from)?.Distances.Or(null) is { } distances && to >= 0 && to < distances.Count ? distances[to] : long.MaxValue;

        private long FreeBytes(int node) => (NodeInfo(node)?.FreeBytes.Or(0) ?? model.Memory.AvailableBytes.Or(0)) - givenBytes.GetValueOrDefault(node);

        private NumaNode? NodeInfo(int node) => model.Memory.AllNodes.FirstOrDefault(one => one.Id == node);

        /// <summary>Takes memory of a node and tells how many huge pages its pool lacks.</summary>
        private long TakeMemory(int node, long bytes)
        {
            if (guest.HugePageBytes == 0)
            {
                Have(node, bytes, $"{Quote.Bytes(bytes)} of memory");
                return 0;
            }

            long wanted = (bytes + guest.HugePageBytes - 1) / guest.HugePageBytes;
            IReadOnlyList<HugePagePool>? pools = (NodeInfo(node)?.HugePages ?? model.Memory.HugePages).Or(null);
            HugePagePool? pool = pools?.FirstOrDefault(one => one.SizeBytes == guest.HugePageBytes);
            if (pool is null || !pool.Free.IsKnown)
            {
                _problems.Add(pools is not null && pool is null
                    ? $"{Named(node)} has no pool of {Quote.Bytes(guest.HugePageBytes)} pages: the kernel or the processor does not know this size."
                    : $"How many pages of {Quote.Bytes(guest.HugePageBytes)} {Named(node)} has free was not read.");
                return wanted;
            }

            long free = Math.Max(0, pool.Free.Value - givenPages.GetValueOrDefault((node, guest.HugePageBytes)));
            long missing = Math.Max(0, wanted - free);
            givenPages[(node, guest.HugePageBytes)] = givenPages.GetValueOrDefault((node, guest.HugePageBytes)) + Math.Min(wanted, free);
            if (missing > 0)
            {
                Have(node, missing * guest.HugePageBytes, string.Create(CultureInfo.InvariantCulture,
                    $"{wanted} pages of {Quote.Bytes(guest.HugePageBytes)}, of which {free} are free in the pool, so {Quote.Bytes(missing * guest.HugePageBytes)} more"));
            }

            return missing;
        }

        private void Have(int node, long bytes, string what)
        {
            long free = FreeBytes(node);
            if ((NodeInfo(node)?.FreeBytes ?? model.Memory.AvailableBytes) is { IsKnown: false } unread)
            {
                _problems.Add($"Whether {Named(node)} has {what} is not known: {Quote.Unseen(unread)}");
            }
            else if (free < bytes)
            {
                _problems.Add($"{Named(node)} does not have {what}: {Quote.Bytes(free)} are free, {Quote.Bytes(bytes - free)} are missing.");
            }

            givenBytes[node] = givenBytes.GetValueOrDefault(node) + bytes;
        }

        private static string Named(int node) => node == HostCores.NoNode ? "the machine" : string.Create(CultureInfo.InvariantCulture, $"node {node}");

        private static int[] Shares(int count, int parts) => [.. Enumerable.Range(0, parts).Select(part => (count / parts) + (part < count % parts ? 1 : 0))];
    }
}
