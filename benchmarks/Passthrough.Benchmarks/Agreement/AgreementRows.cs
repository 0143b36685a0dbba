using Passthrough.Results.Agreeing;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>The table: a row costs its workload, its parameters, its reference and what must agree.</summary>
internal static class AgreementRows
{
    /// <summary>All rows, those of a machine without devices first.</summary>
    public static IReadOnlyList<AgreementRow> All { get; } =
    [
        Block("block.4k.1", "blockSize=4096 depth=1"),
        Block("block.4k.16", "blockSize=4096 depth=16"),
        Block("block.128k.4", "blockSize=131072 depth=4"),
        Row("timer.wakeup", "timer.wakeup", new Cyclictest(), "cpu={cpu} intervalNs=1000000 priority=80", P50(0.10, absoluteNs: 1000)) with { Lengths = new(150, 1000) },
        Row("memory.chase", "memory.chase", new OwnProgram("chase"), "cpu={cpu} pages=4k seed=1 sizeBytes=67108864", Value(0.05)),
        Row("memory.chase.2m", "memory.chase", new OwnProgram("chase"), "cpu={cpu} pages=thp seed=1 sizeBytes=67108864", Value(0.05)),
        Row("memory.stream", "memory.stream", new OwnProgram("triad"), "cpus={cpus} pages=4k sizeBytes=134217728 vectorBits=128", Value(0.03)),
        Row("net.udp.rtt", "net.udp.rtt", new OwnProgram("udp_rtt"), "bytes=64 cpu={cpu} peer={peer} wait=block", P50(0.05)),
        Row("net.tcp.stream", "net.tcp.stream", new OwnProgram("tcp_stream"), "bytes=131072 cpu={cpu} peer={peer}", Value(0.05)),
        Row("second-opinion.chase", "memory.chase", new SecondEngine("memory.chase"), "cpu={cpu} pages=4k seed=1 sizeBytes=67108864", Value(0.05)),
        Row("second-opinion.stream", "memory.stream", new SecondEngine("memory.stream"), "cpus={cpus} pages=4k sizeBytes=134217728 vectorBits=128", Value(0.05)),
        .. Nvme("nvme.vfio.16", "depth=16"),
        .. Nvme("nvme.vfio.32", "depth=32"),
        Map("vfio.map.4k", "operation=map pages=4k"),
        Map("vfio.unmap.4k", "operation=unmap pages=4k"),
        Map("vfio.map.2m", "operation=map pages=2m"),
        Map("vfio.unmap.2m", "operation=unmap pages=2m"),
        Edu("irq.edu.block", "wait=block"),
        Edu("irq.edu.spin", "wait=spin"),
        Row("irq.vfio.trigger", "irq.vfio.trigger", new OwnProgram("vfio_trigger"), "device={edu} threadCpu={cpu} vector=msi wait=block", P50(0.05)) with { InGuest = true },
    ];

    /// <summary>The row of a name, or null.</summary>
    public static AgreementRow? Find(string name) => All.FirstOrDefault(row => row.Name == name);

    private static AgreementRow Block(string name, string words) => Row(name, "block.io", new Fio(),
        $"batch=1 cpu={{cpu}} device={{file}} pattern=random rw=read {words}", Value(0.03), P50(0.05), P99(0.10));

    // Both against the same calls in C, and against the kernel's own path on a second drive of the same kind that stays with the kernel's
    // driver: giving one drive back and forth between the drivers would leave its state, and the time since its reset, different for the sides.
    private static AgreementRow[] Nvme(string name, string words)
    {
        words = $"batch=1 blockSize=4096 cpu={{cpu}} device={{vfioNvme}} pages=4k pattern=random wait=poll {words}";
        return
        [
            Row(name, "dma.nvme.vfio", new OwnProgram("nvme_vfio"), words, Value(0.03)) with { InGuest = true },
            Row(name + ".fio", "dma.nvme.vfio", new Fio(), words, AtLeast(1.5)) with { InGuest = true, ReferenceOnly = Words("device={kernelNvme}") },
        ];
    }

    private static AgreementRow Map(string name, string words) =>
        Row(name, "vfio.dma.map", new OwnProgram("vfio_map"), $"device={{vfio}} sizeBytes=67108864 {words}", Value(0.05)) with { InGuest = true };

    private static AgreementRow Edu(string name, string words) =>
        Row(name, "irq.edu.msi", new OwnProgram("edu_irq"), $"device={{edu}} threadCpu={{cpu}} {words}", P50(0.05)) with { InGuest = true };

    private static AgreementRow Row(string name, string workload, Reference reference, string words, params AgreementRule[] rules) => new()
    {
        Name = name,
        Workload = workload,
        Reference = reference,
        Parameters = Words(words),
        Rules = rules,
    };

    private static SortedDictionary<string, string> Words(string words) => new(
        words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]),
        StringComparer.Ordinal);

    private static AgreementRule Value(double relative) => new(AgreementStatistic.Value, relative);

    private static AgreementRule P50(double relative, double? absoluteNs = null) => new(AgreementStatistic.P50, relative, absoluteNs);

    private static AgreementRule P99(double relative) => new(AgreementStatistic.P99, relative);

    private static AgreementRule AtLeast(double ratio) => new(AgreementStatistic.Value, 0, AtLeast: ratio);
}
