using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Workloads;
using Passthrough.Bench.Workloads.Dma;
using Passthrough.Tests.Bench.Engine;
using Passthrough.Tests.Bench.Native;
using Passthrough.Tests.Bench.Nvme;
using Passthrough.Tests.Bench.Vfio;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Dma;

/// <summary>Every call of a workload's life fails once with every error number: it is a sentence, and nothing stays open or mapped.</summary>
[Collection(Measuring.Name)]
public sealed class AnyCallFailsTests
{
    private static readonly int[] _errnos = [Errno.EPERM, Errno.ENOENT, Errno.ENOMEM, Errno.EBUSY, Errno.EINVAL, Errno.ENOSPC, Errno.ENODEV];

    [Theory]
    [InlineData(true, "auto")]
    [InlineData(false, "4k")]
    public void Mapping_leaves_nothing_behind(bool type1, string iommuPages)
    {
        int calls = 1;
        for (int at = -1; at < calls; at++)
        {
            foreach (int errno in _errnos)
            {
                using var kernel = new FakeVfio(type1, !type1);
                kernel.System.FailAt = at;
                kernel.System.FailErrno = errno;
                Live(kernel.System, at, () => new VfioMapWorkload(kernel.System, Parameters("vfio.dma.map", ("sizeBytes", "2097152"), ("iommuPages", iommuPages)), FakeVfio.Edu), 2);
                calls = at < 0 ? kernel.System.FallibleCalls : calls;
            }
        }

        Assert.True(calls > 12);
    }

    [Theory]
    [InlineData(true, "poll", "8192")]
    [InlineData(false, "block", "16384")]
    public void Reading_leaves_nothing_behind_and_the_controller_stopped(bool type1, string wait, string blockSize)
    {
        int calls = 1;
        for (int at = -1; at < calls; at++)
        {
            // One number a call, in turn: bringing a controller up takes its time.
            int errno = _errnos[(at + 1) % _errnos.Length];
            using var device = new FakeNvme(type1, !type1);
            FakeSystemCalls system = device.Kernel.System;
            system.FailAt = at;
            system.FailErrno = errno;
            Live(system, at, () => new NvmeVfioWorkload(system, Parameters("dma.nvme.vfio", ("wait", wait), ("blockSize", blockSize), ("depth", "2")), FakeVfio.Edu), 4);
            calls = at < 0 ? system.FallibleCalls : calls;
            Assert.False(device.IsEnabled);
            Assert.Empty(device.Offences);
        }

        Assert.True(calls > 25);
    }

    private static void Live(FakeSystemCalls system, int at, Func<IWorkload> make, long operations)
    {
        BenchException? thrown = null;
        IWorkload workload = make();
        try
        {
            workload.Prepare();
            workload.MarkWitness();
            workload.Execute(new Stage(TimeSpan.FromMinutes(1), operations));
            _ = workload.Witness();
        }
        catch (BenchException exception)
        {
            thrown = exception;
        }

        workload.Dispose();
        Assert.Equal((0, 0), (system.OpenDescriptors, system.Mappings));
        if (at < 0)
        {
            Assert.Null(thrown);
        }
        else if (thrown is not null)
        {
            Assert.EndsWith(".", thrown.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', thrown.Message);
            // What is told may be the step that the failed one led to, with the number of that step.
            Assert.True(thrown.Call is null || (thrown.ErrorNumber != 0 && thrown.Path is not null), thrown.Message);
        }
    }

    private static ParameterSet Parameters(string name, params (string Name, string Value)[] given) =>
        new(name, WorkloadCatalog.Find(name)!.Parameters, given.ToDictionary(pair => pair.Name, pair => pair.Value));
}
