using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Interrupts;
using Passthrough.Tests.Bench.Vfio;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Interrupts;

public sealed class SoftwareTriggerTests
{
    [Theory]
    [InlineData(1u, 1u, "msix")]
    [InlineData(1u, 0u, "msi")]
    [InlineData(0u, 65u, "msix")]
    public void The_vector_is_of_the_kind_the_device_offers(uint msi, uint msix, string vector)
    {
        using var kernel = new FakeVfio { MsiVectors = msi, MsixVectors = msix };
        Answer(kernel, 1);
        using SoftwareTriggerWorkload workload = Trigger(kernel);
        workload.Prepare();
        workload.MarkWitness();
        var stage = new Stage(TimeSpan.FromMinutes(1), 5);

        workload.Execute(stage);

        Assert.Equal(vector, workload.Parameters["vector"]);
        Assert.Equal((5L, 5.0, 0.0), (stage.Samples, workload.Witness()["completions"], workload.Witness()["merged"]));
        Assert.Null(workload.Objection());
        uint index = vector == "msi" ? 1u : 2u;
        // Routed once with a descriptor, fired five times without data.
        Assert.Equal([(index, 0x24u, 1u), .. Enumerable.Repeat((index, 0x21u, 1u), 5)], kernel.InterruptSets);
    }

    [Theory]
    [InlineData("any", "neither MSI nor MSI-X")]
    [InlineData("msi", "no MSI vector")]
    [InlineData("msix", "no MSI-X vector")]
    public void A_device_without_the_vector_says_so(string vector, string words)
    {
        using var kernel = new FakeVfio { MsiVectors = 0, MsixVectors = 0 };
        using SoftwareTriggerWorkload workload = Trigger(kernel, ("vector", vector));

        Assert.Contains(words, Assert.Throws<BenchException>(workload.Prepare).Message, StringComparison.Ordinal);
        workload.Dispose();
        Assert.Equal(0, kernel.System.OpenDescriptors);
    }

    [Fact]
    public void A_vector_that_cannot_be_fired_is_a_sentence_with_its_errno()
    {
        using var kernel = new FakeVfio();
        using SoftwareTriggerWorkload workload = Trigger(kernel);
        workload.Prepare();
        kernel.Fail(VfioRequests.DeviceSetIrqs, Errno.ENOTTY);

        var thrown = Assert.Throws<BenchException>(() => workload.Execute(new Stage(TimeSpan.FromMinutes(1))));

        Assert.Equal(("VFIO_DEVICE_SET_IRQS", Errno.ENOTTY), (thrown.Call, thrown.ErrorNumber));
    }

    [Fact]
    public void A_run_of_merged_reads_is_not_counted()
    {
        using var kernel = new FakeVfio();
        int reads = 0;
        kernel.System.OnRead = buffer =>
        {
            buffer[0] = (byte)(++reads % 10 == 0 ? 2 : 1);
            return 8;
        };
        using SoftwareTriggerWorkload workload = Trigger(kernel);
        workload.Prepare();
        workload.MarkWitness();

        workload.Execute(new Stage(TimeSpan.FromMinutes(1), 90));

        Assert.Equal("9 of 99 reads answered several interrupts at once, so they have no latency of their own", workload.Objection());
    }

    [Theory]
    [InlineData(1000, 1010, false)]
    [InlineData(1000, 990, false)]
    [InlineData(1000, 1011, true)]
    [InlineData(1000, 0, true)]
    [InlineData(3, 4, false)]
    [InlineData(3, 5, true)]
    public void What_the_kernel_counted_and_what_was_answered_must_agree_within_one_percent(int answered, double counted, bool objects)
    {
        using var kernel = new FakeVfio();
        var events = new AnsweredEvents(kernel.System);
        for (int i = 0; i < answered; i++)
        {
            Assert.True(events.Add(1));
        }

        Assert.Equal(objects, events.Objection(counted)?.Contains("more than one percent", StringComparison.Ordinal) ?? false);
        Assert.Null(events.Objection(null));
    }

    private static void Answer(FakeVfio kernel, byte count) => kernel.System.OnRead = buffer =>
    {
        buffer[0] = count;
        return 8;
    };

    private static SoftwareTriggerWorkload Trigger(FakeVfio kernel, params (string Name, string Value)[] given) => new(kernel.System,
        new ParameterSet("irq.vfio.trigger", WorkloadCatalog.Find("irq.vfio.trigger")!.Parameters, given.ToDictionary(pair => pair.Name, pair => pair.Value)),
        FakeVfio.Edu);
}
