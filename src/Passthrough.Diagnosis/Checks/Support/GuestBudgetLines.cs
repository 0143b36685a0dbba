using System.Globalization;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>The budget of a guest in words.</summary>
internal static class GuestBudgetLines
{
    private const long DefaultEntries = 65_535;

    // Pages of 4 KiB, 2 MiB and 1 GiB.
    private static readonly int[] PageShifts = [12, 21, 30];

    /// <summary>Each line a title and a sum.</summary>
    public static IReadOnlyList<(string Title, string Text)> Of(HostModel model, GuestDefinition guest)
    {
        IReadOnlyList<GivenFunction> functions = GuestFacts.Functions(model, guest);
        var lines = new List<(string, string)>();
        Pages(model, guest, lines);
        lines.Add(("Locked memory", Locked(model, guest)));
        lines.Add(("DMA mappings", Mappings(model, guest)));
        lines.Add(("64-bit BARs", Bars(guest, functions)));
        lines.Add(("Addresses", Addresses(model, guest, functions)));
        lines.Add(("CPUs", Cpus(model, guest)));
        return lines;
    }

    private static void Pages(HostModel model, GuestDefinition guest, List<(string Title, string Text)> lines)
    {
        if (!guest.UsesHugePages)
        {
            lines.Add(("Huge pages", "none asked for"));
            return;
        }

        IReadOnlyList<PageDemand>? demands = GuestBudget.Demands(model, guest, out string open);
        foreach (PageDemand place in demands ?? [])
        {
            Reading<long> total = GuestBudget.Pages(model, place.SizeBytes, place.Nodes, pool => pool.Total);
            Reading<long> free = GuestBudget.Pages(model, place.SizeBytes, place.Nodes, pool => pool.Free);
            lines.Add(("Huge pages", string.Create(CultureInfo.InvariantCulture,
                $"{Quote.Bytes(place.Bytes)} / {Quote.Bytes(place.SizeBytes)} = {place.Pages} pages on {(place.Nodes is null ? "any node" : "node " + place.Nodes)}: {Amount(total)} reserved, {Amount(free)} free")));
        }

        if (demands is null)
        {
            lines.Add(("Huge pages", open));
        }
    }

    private static string Locked(HostModel model, GuestDefinition guest)
    {
        int functions = GuestBudget.DmaFunctions(model, guest);
        if (functions == 0)
        {
            return "no function is assigned, so VFIO pins nothing";
        }

        if (guest.TotalBytes is not { } memory || GuestBudget.LockedBytes(model, guest) is not { } sum)
        {
            return "the definition does not tell the guest's memory";
        }

        string product = guest.Iommu is null || functions == 1 ? Quote.Bytes(memory)
            : FormattableString.Invariant($"{functions} functions x {Quote.Bytes(memory)} (virtual IOMMU, libvirt 8.7 and later)");
        return $"{product} + {Quote.Bytes(GuestBudget.LockOverhead)} = {Quote.Bytes(sum)}; libvirt sets this limit for its guests"
            + (guest.HardLimitBytes is { } limit ? $", and here hard_limit of {Quote.Bytes(limit)} in its place" : "");
    }

    private static string Mappings(HostModel model, GuestDefinition guest)
    {
        Reading<string> text = model.Kernel.Modules.Parameter("vfio_iommu_type1", "dma_entry_limit");
        bool isKnown = long.TryParse(text.Or(null), NumberStyles.None, CultureInfo.InvariantCulture, out long limit);
        limit = isKnown ? limit : DefaultEntries;
        string bound = FormattableString.Invariant($"limit {limit}{(isKnown ? "" : " (the kernel's default; the machine's was not read)")}");
        if (guest.TotalBytes is not { } memory)
        {
            return bound;
        }

        if (guest.Iommu is null)
        {
            return $"each block of memory is mapped as a whole, a handful of entries; {bound}";
        }

        string[] cases = [.. PageShifts.Select(shift =>
        {
            long count = ((memory - 1) >> shift) + 1;
            return FormattableString.Invariant($"{count} at {Quote.Bytes(1L << shift)}{(count > limit ? " (too many)" : "")}");
        })];
        return $"with a virtual IOMMU the guest decides; all of its memory at once takes {Quote.List(cases)}; {bound}";
    }

    private static string Bars(GuestDefinition guest, IReadOnlyList<GivenFunction> functions)
    {
        (long hole, bool isStated) = GuestBudget.MmioHole(guest);
        string window = $"window {Quote.Bytes(hole)} ({(isStated ? "pcihole64" : "QEMU's default; recent OVMF makes it larger by the CPU's address width")})";
        return GuestBudget.MmioBytes(functions, out GivenFunction? open) is { } need
            ? $"{(need == 0 ? "0 bytes" : Quote.Bytes((long)Math.Min(need, long.MaxValue)))} for {Quote.Count(functions.Count, "function")}, each rounded up to a power of two; {window}"
            : $"those of {open!.Address} were not seen; {window}";
    }

    private static string Addresses(HostModel model, GuestDefinition guest, IReadOnlyList<GivenFunction> functions)
    {
        if (GuestBudget.EndOfMemory(guest) is not { } end)
        {
            return "the definition does not tell the guest's memory";
        }

        long hole = GuestBudget.MmioHole(guest).Bytes;
        string sum = $"memory ends at about {Quote.Bytes(end)}, with the window at {Quote.Bytes(end + hole)}";
        return functions.Count == 0 ? sum : GuestFacts.AddressBits(model, functions, out string open) is { } bits
            ? FormattableString.Invariant($"{sum}; the IOMMU translates {bits} bits, {Quote.Bytes(1L << Math.Min(bits, 62))}")
            : $"{sum}; the IOMMU's width is not known: {open}";
    }

    private static string Cpus(HostModel model, GuestDefinition guest)
    {
        string count = guest.Vcpus is { } vcpus ? Quote.Count(vcpus, "virtual CPU") : "the number of virtual CPUs is not told";
        CpuSet pinned = GuestFacts.Pinned(guest);
        string online = model.Cpu.Online.IsKnown ? FormattableString.Invariant($"{model.Cpu.Online.Value!.Count} CPUs online") : "the host's CPUs were not seen";
        if (pinned.Count == 0)
        {
            return $"{count}, not pinned; {online}";
        }

        int[] whole = [.. model.Cpu.Cpus.Where(cpu => pinned.Contains(cpu.Number) && cpu.Siblings is { IsKnown: true, Value.Count: > 0 }).Select(cpu => cpu.Siblings.Value!.Members[0]).Distinct()];
        string cores = model.Cpu.Cpus.Count(cpu => pinned.Contains(cpu.Number) && cpu.Siblings is { IsKnown: true, Value.Count: > 0 }) == pinned.Count
            ? $" on {Quote.Count(whole.Length, "core")}" : "";
        string nodes = GuestFacts.NodesOf(model, pinned) is { Count: > 0 } known ? $", node {known}" : "";
        return $"{count}, {FormattableString.Invariant($"{guest.VcpuPins.Count}")} pinned to CPU {pinned}{cores}{nodes}; {online}";
    }

    private static string Amount(Reading<long> reading) => reading.IsKnown ? FormattableString.Invariant($"{reading.Value}") : "an unknown number";
}
