using Passthrough.Host.Cpu;
using Passthrough.Host.Pci;
using Passthrough.Host.Usage;
using Passthrough.Tests.Diagnosis;
using Passthrough.Tuning;
using Xunit;

namespace Passthrough.Tests.Tuning;

public sealed class TuningSessionTests : IDisposable
{
    private const string Device = "0000:01:00.0";
    private const string Folder = "/sys/bus/pci/devices/" + Device;
    private readonly string _journal = Path.Combine(Path.GetTempPath(), "ptdiag-journal-" + Guid.NewGuid().ToString("N"), "tuning.jsonl");
    private readonly FakeKernel _kernel = new();
    private readonly PciAddress _address = PciAddress.TryParse(Device, out PciAddress value) ? value : default;

    public TuningSessionTests()
    {
        _kernel.NativeDriver[Device] = "nvme";
        _kernel.Links[Folder + "/driver"] = "../../../bus/pci/drivers/nvme";
        _kernel.Links["/sys/kernel/iommu_groups/7/devices/" + Device] = "../../../devices/x";
        _kernel.Files[Folder + "/driver_override"] = "(null)";
        _kernel.Files["/sys/kernel/iommu_groups/7/type"] = "DMA-FQ";
        _kernel.Files["/proc/irq/30/smp_affinity_list"] = "0-3";
    }

    public void Dispose()
    {
        if (Directory.Exists(Path.GetDirectoryName(_journal)))
        {
            Directory.Delete(Path.GetDirectoryName(_journal)!, recursive: true);
        }
    }

    [Fact]
    public void Binding_and_undoing_leaves_the_function_as_it_was()
    {
        using Journal journal = Journal.Open(_journal);
        using var session = new TuningSession(_kernel, _kernel, journal);
        session.Apply(Steps.Bind(_kernel, Models.Blank, _address, "vfio-pci", "test"));
        Assert.EndsWith("/vfio-pci", _kernel.Links[Folder + "/driver"], StringComparison.Ordinal);

        Assert.Empty(session.UndoAll());
        Assert.EndsWith("/nvme", _kernel.Links[Folder + "/driver"], StringComparison.Ordinal);
        Assert.Equal("(null)", _kernel.Files[Folder + "/driver_override"]);
    }

    [Fact]
    public void A_driver_that_was_faster_than_an_override_gets_its_function_back_and_the_override_stays()
    {
        _kernel.Files[Folder + "/driver_override"] = "vfio-pci";
        using Journal journal = Journal.Open(_journal);
        using var session = new TuningSession(_kernel, _kernel, journal);
        session.Apply(Steps.Bind(_kernel, Models.Blank, _address, "vfio-pci", "test"));
        Assert.EndsWith("/vfio-pci", _kernel.Links[Folder + "/driver"], StringComparison.Ordinal);

        Assert.Empty(session.UndoAll());
        Assert.EndsWith("/nvme", _kernel.Links[Folder + "/driver"], StringComparison.Ordinal);
        Assert.Equal("vfio-pci", _kernel.Files[Folder + "/driver_override"]);
    }

    [Fact]
    public void A_driver_that_does_not_claim_the_device_is_a_failure_although_the_probe_succeeds()
    {
        using Journal journal = Journal.Open(_journal);
        using var session = new TuningSession(_kernel, new DeafProbe(_kernel), journal);
        TuningException error = Assert.Throws<TuningException>(() =>
            session.Apply(Steps.Bind(_kernel, Models.Blank, _address, "vfio-pci", "test")));
        Assert.Contains("instead of 'vfio-pci'", error.Message, StringComparison.Ordinal);
        Assert.Empty(session.Applied);
        Assert.Equal("(null)", _kernel.Files[Folder + "/driver_override"]);
    }

    [Fact]
    public void A_refused_write_takes_the_whole_step_back()
    {
        _kernel.Refuse["/sys/kernel/iommu_groups/7/type"] = "EBUSY";
        using Journal journal = Journal.Open(_journal);
        using var session = new TuningSession(_kernel, _kernel, journal);
        TuningException error = Assert.Throws<TuningException>(() =>
            session.Apply(Steps.GroupType(_kernel, Models.Blank, "7", "identity", "test")));
        Assert.Contains("EBUSY", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("/nvme", _kernel.Links[Folder + "/driver"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_type_is_changed_with_its_drivers_unbound_and_bound_again()
    {
        using Journal journal = Journal.Open(_journal);
        using var session = new TuningSession(_kernel, _kernel, journal);
        session.Apply(Steps.GroupType(_kernel, Models.Blank, "7", "DMA", "test"));
        Assert.Equal(
            ["/sys/bus/pci/drivers/nvme/unbind=" + Device, "/sys/kernel/iommu_groups/7/type=DMA", "/sys/bus/pci/drivers/nvme/bind=" + Device],
            _kernel.Writes);
        Assert.Empty(session.UndoAll());
        Assert.Equal("DMA-FQ", _kernel.Files["/sys/kernel/iommu_groups/7/type"]);
        Assert.EndsWith("/nvme", _kernel.Links[Folder + "/driver"], StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_host_uses_is_not_taken_from_it()
    {
        var model = Models.Blank with
        {
            Usage = new HostUsage
            {
                Uses = new Dictionary<PciAddress, IReadOnlyList<string>> { [_address] = ["mounted at /"] },
                Holders = Models.None<IReadOnlyList<VfioHolder>>(),
            },
        };
        TuningException bind = Assert.Throws<TuningException>(() => Steps.Bind(_kernel, model, _address, "vfio-pci", "test"));
        Assert.Contains("mounted at /", bind.Message, StringComparison.Ordinal);
        Assert.Throws<TuningException>(() => Steps.GroupType(_kernel, model, "7", "DMA", "test"));
        Assert.Empty(_kernel.Writes);
    }

    [Fact]
    public void An_interrupt_that_is_gone_needs_no_undo()
    {
        using Journal journal = Journal.Open(_journal);
        using var session = new TuningSession(_kernel, _kernel, journal);
        session.Apply(Steps.InterruptAffinity(_kernel, "30", CpuSet.Of([2]), "test"));
        _kernel.Files.Remove("/proc/irq/30/smp_affinity_list");
        Assert.Empty(session.UndoAll());
    }

    [Fact]
    public void A_run_that_was_killed_is_taken_back_by_the_next_one()
    {
        using (Journal journal = Journal.Open(_journal))
        {
            // The session is deliberately not disposed: the process died here.
            var session = new TuningSession(_kernel, _kernel, journal);
            session.Apply(Steps.InterruptAffinity(_kernel, "30", CpuSet.Of([2]), "test"));
        }

        File.AppendAllText(_journal, "{\"sequence\":9,\"sta");
        using Journal next = Journal.Open(_journal);
        Assert.Single(next.LeftOpen);
        using var later = new TuningSession(_kernel, _kernel, next);
        Assert.Empty(later.UndoLeftOpen().Problems);
        Assert.Equal("0-3", _kernel.Files["/proc/irq/30/smp_affinity_list"]);
    }

    [Fact]
    public void A_second_writer_is_refused_with_a_sentence()
    {
        using Journal journal = Journal.Open(_journal);
        TuningException error = Assert.Throws<TuningException>(() => Journal.Open(_journal));
        Assert.Contains("only one ptdiag at a time", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_undo_record_is_on_disk_before_the_write()
    {
        using Journal journal = Journal.Open(_journal);
        string? seen = null;
        var watcher = new Watcher(_kernel, () => seen = ReadShared(_journal));
        using var session = new TuningSession(_kernel, watcher, journal);
        session.Apply(Steps.InterruptAffinity(_kernel, "30", CpuSet.Of([1]), "test"));
        Assert.Contains("\"undoValue\":\"0-3\"", seen, StringComparison.Ordinal);
    }

    [Fact]
    public void Taking_back_waits_for_the_step_under_way_and_nothing_is_applied_after_it()
    {
        using Journal journal = Journal.Open(_journal);
        using var reached = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        int writes = 0;
        var slow = new Watcher(_kernel, () =>
        {
            if (++writes == 2)
            {
                reached.Set();
                go.Wait(TimeSpan.FromSeconds(10));
            }
        });
        using var session = new TuningSession(_kernel, slow, journal);
        var applying = new Thread(() => session.Apply(Steps.Bind(_kernel, Models.Blank, _address, "vfio-pci", "test")));
        applying.Start();
        Assert.True(reached.Wait(TimeSpan.FromSeconds(10)));

        session.ApplyNoMore();
        IReadOnlyList<string>? problems = null;
        var undoing = new Thread(() => problems = session.UndoAll());
        undoing.Start();
        Assert.False(undoing.Join(50));
        go.Set();
        Assert.True(applying.Join(TimeSpan.FromSeconds(10)) && undoing.Join(TimeSpan.FromSeconds(10)));

        Assert.Empty(problems!);
        Assert.EndsWith("/nvme", _kernel.Links[Folder + "/driver"], StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => session.Apply(Steps.InterruptAffinity(_kernel, "30", CpuSet.Of([2]), "test")));
        Assert.Equal("0-3", _kernel.Files["/proc/irq/30/smp_affinity_list"]);
    }

    private static string ReadShared(string path)
    {
        // The journal is locked against other ptdiag processes; the bytes on disk are read past the lock.
        using var copy = new MemoryStream();
        using (System.Diagnostics.Process cat = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("cat", [path]) { RedirectStandardOutput = true })!)
        {
            cat.StandardOutput.BaseStream.CopyTo(copy);
            cat.WaitForExit();
        }

        return System.Text.Encoding.UTF8.GetString(copy.ToArray());
    }

    private sealed class Watcher(FakeKernel kernel, Action before) : IKernelFile
    {
        public string? Write(string path, string value)
        {
            before();
            return kernel.Write(path, value);
        }
    }

    private sealed class DeafProbe(FakeKernel kernel) : IKernelFile
    {
        public string? Write(string path, string value) => path == "/sys/bus/pci/drivers_probe" ? null : kernel.Write(path, value);
    }
}
