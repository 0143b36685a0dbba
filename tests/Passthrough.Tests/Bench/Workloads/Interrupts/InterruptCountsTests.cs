using CsCheck;
using Passthrough.Bench.Workloads.Interrupts;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Interrupts;

public sealed class InterruptCountsTests
{
    private const string Table = """
                   CPU0       CPU2
          9:          1          0  IR-IO-APIC    9-fasteoi   acpi
         24:          7          0  IR-PCI-MSIX-0000:00:06.0    0-edge      nvme0q0
         25:        100         11  IR-PCI-MSIX-0000:00:06.0    1-edge      nvme0q1
         26:          0         50  IR-PCI-MSIX-0000:00:06.0    2-edge      nvme0q2
         27:        900          0  IR-PCI-MSIX-0000:00:07.0    1-edge      nvme10q1
         29:          3        400  IR-PCI-MSI-0000:00:05.0    0-edge      vfio-msi[0](0000:00:05.0)
        NMI:          0          0   Non-maskable interrupts
        ERR:          5
        """;

    [Theory]
    [InlineData("")]
    [InlineData("no table")]
    [InlineData("   CPU0 CPU1\n 5: 1\n 6: x y z\n:\n")]
    public void What_is_no_table_knows_no_interrupt(string text)
    {
        InterruptCounts counts = InterruptCounts.Parse(text);

        Assert.Null(counts.NumberOf("nvme0q1"));
        Assert.Null(counts.Total("5"));
        Assert.Null(counts.NvmeQueues("nvme0"));
    }

    [Fact]
    public void A_vfio_vector_is_found_by_its_function_and_counted_per_cpu()
    {
        InterruptCounts counts = InterruptCounts.Parse(Table);

        Assert.Equal("29", counts.NumberOf("vfio-msi[0](0000:00:05.0)"));
        Assert.Equal((403L, 3L, 400L), (counts.Total("29"), counts.OnCpu("29", 0), counts.OnCpu("29", 2)));
        Assert.Null(counts.OnCpu("29", 1));
        Assert.Null(counts.NumberOf("vfio-msi[0](0000:00:06.0)"));
    }

    [Fact]
    public void Queue_interrupts_leave_out_the_admin_queue_and_other_controllers()
    {
        InterruptCounts counts = InterruptCounts.Parse(Table);

        Assert.Equal(161, counts.NvmeQueues("nvme0"));
        Assert.Equal(900, counts.NvmeQueues("nvme10"));
        Assert.Null(counts.NvmeQueues("nvme1"));
    }

    [Fact]
    public void A_controller_with_one_vector_counts_it() =>
        Assert.Equal(8, InterruptCounts.Parse(" CPU0\n 5: 8 IO-APIC 5-fasteoi nvme0q0, nvme0q1\n").NvmeQueues("nvme0"));

    [Fact]
    public void Any_text_gives_an_answer() =>
        Gen.OneOf(Gen.String, Gen.Select(Gen.String, Gen.Int[0, Table.Length], (noise, cut) => Table[..cut] + noise + Table[cut..]))
            .Sample(text =>
            {
                InterruptCounts counts = InterruptCounts.Parse(text);
                _ = counts.NvmeQueues("nvme0");
                _ = counts.OnCpu("29", 2);
            });
}
