using System.Text.Json;
using Passthrough.Host.Evidence;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Pci;
using Xunit;

namespace Passthrough.Tests.Host.Interrupts;

public class InterruptCaptureTests
{
    [SkippableFact]
    public void Captured_tables_are_read_as_their_truth_says()
    {
        Skip.If(Fixtures.Captures is null, "the captures are not beside the checkout");
        var score = new CaptureScore();
        foreach ((string folder, JsonElement truth) in CaptureScore.Cases("interrupts"))
        {
            string name = Path.GetFileName(folder);
            InterruptTable table = InterruptTableParser.Parse(File.ReadAllText(Path.Combine(folder, "proc", "interrupts")))!;
            score.Check(name + " cpus", Number(truth.GetProperty("cpus")), (long?)table.CpuColumns?.Count);
            score.Check(name + " rows", (long)truth.GetProperty("numbered_irqs").GetInt32(), (long)table.Lines.Count);

            // The truths count the IOMMU's own interrupts among the remapped ones.
            int own = table.Lines.Count(line => line.Chip.StartsWith("DMAR-MSI", StringComparison.Ordinal));
            score.Check(name + " remapped", (long)truth.GetProperty("remapped_irq_lines").GetInt32() - own,
                (long)table.Lines.Count(line => line.IsRemapped));
            score.Check(name + " notifications", Number(truth.GetProperty("posted_interrupt_notifications")), Named(table, "PIN"));
            score.Check(name + " wakeups", Number(truth.GetProperty("posted_interrupt_wakeups")), Named(table, "PIW"));
            foreach (JsonProperty device in truth.GetProperty("vfio").EnumerateObject())
            {
                List<InterruptLine> lines = [.. table.Lines.Where(line => line.IsVfio && line.Device?.ToString() == device.Name)];
                score.Check(name + " vectors", (long)device.Value.GetProperty("vectors").GetInt32(), (long)lines.Count);
                score.Check(name + " total", device.Value.GetProperty("total").GetInt64(), lines.Sum(line => line.Total));
                score.Check(name + " kind", device.Value.GetProperty("kind").GetString(), lines.Select(Kind).Distinct().SingleOrDefault());
                score.Check(name + " irqs", string.Join(' ', device.Value.GetProperty("irqs").EnumerateArray().Select(irq => irq.ToString())),
                    string.Join(' ', lines.Select(line => line.Irq)));
            }
        }

        score.AssertShare(0.99, 150);
    }

    [SkippableFact]
    public void Tables_of_captured_trees_have_their_rows_and_remapped_lines()
    {
        Skip.If(Fixtures.Captures is null, "the captures are not beside the checkout");
        var score = new CaptureScore();
        foreach ((string folder, JsonElement truth) in CaptureScore.Cases("trees"))
        {
            if (!truth.TryGetProperty("interrupts", out JsonElement expected))
            {
                continue;
            }

            TreeEvidence tree = TreeEvidence.FromArchive(Path.Combine(folder, "root.tar.gz"));
            var nothing = new PciInventory { Devices = Reading.Missing<IReadOnlyList<PciDevice>>(Outcome.NotRecorded, "/sys/bus/pci/devices") };
            IReadOnlyList<InterruptLine> lines = InterruptReader.Read(tree, nothing).Lines;
            string name = Path.GetFileName(folder);
            score.Check(name + " rows", expected.GetProperty("numbered").GetInt32(), lines.Count);
            score.Check(name + " remapped", expected.GetProperty("remapped_lines").GetInt32()
                - lines.Count(line => line.Chip.StartsWith("DMAR-MSI", StringComparison.Ordinal)), lines.Count(line => line.IsRemapped));
            score.Check(name + " vfio", expected.GetProperty("vfio_lines").GetInt32(), lines.Count(line => line.IsVfio));
        }

        score.AssertShare(0.99, 12);
    }

    private static string Kind(InterruptLine line) => line.Kind switch
    {
        InterruptKind.Intx => "vfio-intx",
        InterruptKind.Msi => "vfio-msi",
        InterruptKind.Msix => "vfio-msix",
        _ => "null",
    };

    private static long? Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetInt64();

    private static long? Named(InterruptTable table, string row) => table.Named.TryGetValue(row, out long value) ? value : null;
}
