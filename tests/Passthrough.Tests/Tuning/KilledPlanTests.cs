using System.Text;
using Passthrough.Host.Kernel;
using Passthrough.Tuning;
using Xunit;

namespace Passthrough.Tests.Tuning;

/// <summary>A plan of ten changes, killed at every point at which a process can die.</summary>
public sealed class KilledPlanTests : IDisposable
{
    private const string First = "boot-1";
    private const string Grub = "# é\r\nGRUB_CMDLINE_LINUX=\"quiet\"";
    private readonly MachineFolder _machine = new();
    private readonly FakeKernel _kernel = new();
    private readonly Tools _tools = new();

    public KilledPlanTests()
    {
        _kernel.Files["/proc/sys/kernel/random/boot_id"] = First;
        for (int i = 0; i < 4; i++)
        {
            _kernel.Files[$"/sys/value{i}"] = "old";
        }

        _machine.Write("/etc/default/grub", Grub);
        _machine.Write("/etc/modules", "vfio_virqfd\n");
        _machine.Write("/dev/vfio/vfio", "");
        File.SetUnixFileMode(_machine.Root + "/etc/default/grub", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(_machine.Root + "/dev/vfio/vfio", UnixFileMode.UserRead);
    }

    private static string Journal0(MachineFolder machine) => machine.Root + "/var/tuning.jsonl";

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Whole_it_stays_until_it_is_taken_back_byte_for_byte()
    {
        string before = Picture();
        Run(stopAt: int.MaxValue);
        Assert.NotEqual(before, Picture());
        Assert.Equal(["update-grub", "modprobe vfio-pci"], _tools.Ran);

        using (Journal journal = Journal.Open(Journal0(_machine)))
        {
            TuningStatus status = TuningStatus.Of(journal, First, null);
            Assert.False(status.NeedsAttention);
            Assert.Contains("Plan applied p1:", status.Render("x"), StringComparison.Ordinal);
            Assert.Empty(Undo(journal).Problems);
        }

        Assert.Equal(before, Picture());
        Assert.Equal(["update-grub", "modprobe vfio-pci", "modprobe -r vfio-pci", "update-grub"], _tools.Ran);
    }

    [Fact]
    public void Killed_after_any_operation_it_is_seen_and_taken_back()
    {
        string before = Picture();
        int kills = 0;
        for (int stop = 0; Run(stop); stop++, kills++)
        {
            using (Journal journal = Journal.Open(Journal0(_machine)))
            {
                Assert.Equal(journal.LeftOpen.Count > 0, TuningStatus.Of(journal, First, null).NeedsAttention);
                Assert.Empty(Undo(journal).Problems);
            }

            Assert.Equal(before, Picture());
            using Journal empty = Journal.Open(Journal0(_machine));
            Assert.Empty(empty.LeftOpen);
        }

        // Before and after each of ten changes at least.
        Assert.True(kills >= 20, $"{kills} points");
    }

    [Fact]
    public void A_reset_ends_what_the_kernel_held_and_leaves_the_files_to_be_put_back()
    {
        string before = Picture();
        Run(stopAt: int.MaxValue);

        // The machine booted: the kernel holds what it begins with, which an undo of the old boot must not touch.
        _kernel.Files["/proc/sys/kernel/random/boot_id"] = "boot-2";
        _kernel.Files["/sys/value0"] = "another";
        using Journal journal = Journal.Open(Journal0(_machine));
        KernelCommandLine line = CommandLineParser.Parse("quiet iommu=pt");
        Assert.Contains("confirmed", TuningStatus.Of(journal, "boot-2", line).Render("x"), StringComparison.Ordinal);
        TuningStatus missed = TuningStatus.Of(journal, "boot-2", CommandLineParser.Parse("quiet"));
        Assert.True(missed.NeedsAttention);
        Assert.Contains("NOT in effect although the machine was booted since: missing iommu=pt", missed.Render("x"), StringComparison.Ordinal);

        UndoReport report = Undo(journal);
        Assert.Equal((0, 6), (report.Problems.Count, report.Ended));
        Assert.Equal("another", _kernel.Files["/sys/value0"]);
        Assert.Equal(Grub, Encoding.UTF8.GetString(_machine.Read("/etc/default/grub")!));
        Assert.Contains("/etc/modules", before, StringComparison.Ordinal);
        Assert.Null(_machine.Read("/etc/udev/rules.d/70.rules"));
    }

    [Fact]
    public void An_edit_of_somebody_else_is_not_lost_by_an_undo()
    {
        Run(stopAt: int.MaxValue);
        _machine.Write("/etc/default/grub", "mine");
        using Journal journal = Journal.Open(Journal0(_machine));
        string problem = Assert.Single(Undo(journal).Problems);
        Assert.Contains("edited since, so it is not overwritten", problem, StringComparison.Ordinal);
        Assert.Equal("mine", Encoding.UTF8.GetString(_machine.Read("/etc/default/grub")!));
    }

    [Fact]
    public void The_first_failure_takes_everything_back()
    {
        string before = Picture();
        _kernel.Refuse["/sys/value3"] = "EIO";
        using (Journal journal = Journal.Open(Journal0(_machine)))
        using (TuningSession session = Session(journal, int.MaxValue))
        {
            TuningException error = Assert.Throws<TuningException>(() => Steps().ForEach(session.Apply));
            Assert.Contains("EIO", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, Picture());
    }

    [Fact]
    public void No_journal_is_told_from_one_that_may_not_be_seen()
    {
        Assert.False(Journal.IsThere(Journal0(_machine)));
        Run(stopAt: 3);
        Assert.True(Journal.IsThere(Journal0(_machine)));

        // What the kernel will not look at, as root may look at everything else.
        Assert.Throws<TuningException>(() => Journal.IsThere(_machine.Root + "/" + new string('x', 300)));
    }

    [Fact]
    public void A_torn_line_does_not_swallow_the_next_one()
    {
        Run(stopAt: 3);
        File.AppendAllText(Journal0(_machine), "{\"sequence\":99,\"sta");
        using (Journal journal = Journal.Open(Journal0(_machine)))
        {
            Assert.Empty(Undo(journal).Problems);
        }

        Run(stopAt: int.MaxValue);
        using Journal next = Journal.Open(Journal0(_machine));
        Assert.Equal(10, next.LeftOpen.Count);
    }

    private static List<TuningStep> Steps()
    {
        TuningWrite Value(int i) => new($"/sys/value{i}", "new", new UndoWrite($"/sys/value{i}", "old"), new Expectation(ExpectationKind.Text, $"/sys/value{i}", "new"));
        return
        [
            new TuningStep("values", "x", [Value(0), Value(1)]),
            new TuningStep("loader", "x",
            [
                new FileChange("/etc/default/grub", Encoding.UTF8.GetBytes(Grub), Encoding.UTF8.GetBytes(Grub + " ")) { UndoTools = [["update-grub"]] },
                new ToolRun(["update-grub"], null),
            ]) { TokensAdded = ["iommu=pt"] },
            new TuningStep("modules", "x",
            [
                new FileChange("/etc/modules", Encoding.UTF8.GetBytes("vfio_virqfd\n"), Encoding.UTF8.GetBytes("#\n")),
                new FileChange("/etc/udev/rules.d/70.rules", null, Encoding.UTF8.GetBytes("rule\n")) { Folders = ["/etc/udev", "/etc/udev/rules.d"] },
                new ToolRun(["modprobe", "vfio-pci"], ["modprobe", "-r", "vfio-pci"], EndsWithBoot: true),
            ]),
            new TuningStep("node", "x", [new ModeChange("/dev/vfio/vfio", UnixFileMode.UserRead | UnixFileMode.UserWrite, UnixFileMode.UserRead), Value(2), Value(3)]),
        ];
    }

    /// <summary>True when the process died; false when it came to its end.</summary>
    private bool Run(int stopAt)
    {
        using Journal journal = Journal.Open(Journal0(_machine));

        // Not disposed where it died: a dead process takes nothing back.
        TuningSession session = Session(journal, stopAt);
        try
        {
            Steps().ForEach(session.Apply);
            session.Keep();
            return false;
        }
        catch (DiedException)
        {
            return true;
        }
    }

    private TuningSession Session(Journal journal, int stopAt)
    {
        var clock = new Clock(stopAt);
        return new TuningSession(_kernel, new DyingKernel(_kernel, clock), journal,
            new TuningContext { Plan = "p1", Files = new DyingFiles(_machine.Files, clock), Tools = new DyingTools(_tools, clock) });
    }

    private UndoReport Undo(Journal journal)
    {
        using var session = new TuningSession(_kernel, _kernel, journal, new TuningContext { Files = _machine.Files, Tools = _tools });
        return session.UndoLeftOpen();
    }

    private string Picture() => string.Join('\n', _kernel.Files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => file.Key + "=" + file.Value)
        .Concat(Directory.GetFileSystemEntries(_machine.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where(path => !path.Contains("/var", StringComparison.Ordinal))
            .Select(path => $"{path} {File.GetUnixFileMode(path)} {(File.Exists(path) ? Convert.ToHexString(File.ReadAllBytes(path)) : "")}")));

    private sealed class DiedException : Exception;

    /// <summary>Counts operations, and dies before or after the one that it was set to.</summary>
    private sealed class Clock(int stopAt)
    {
        private int _count;

        public T Around<T>(Func<T> operation)
        {
            Tick();
            T result = operation();
            Tick();
            return result;
        }

        private void Tick()
        {
            if (_count++ == stopAt)
            {
                throw new DiedException();
            }
        }
    }

    private sealed class DyingKernel(IKernelFile inner, Clock clock) : IKernelFile
    {
        public string? Write(string path, string value) => clock.Around(() => inner.Write(path, value));
    }

    private sealed class DyingTools(IBootTools inner, Clock clock) : IBootTools
    {
        public string? Run(IReadOnlyList<string> words) => clock.Around(() => inner.Run(words));
    }

    private sealed class DyingFiles(IMachineFiles inner, Clock clock) : IMachineFiles
    {
        public string? Replace(string path, ReadOnlySpan<byte> content)
        {
            byte[] copy = content.ToArray();
            return clock.Around(() => inner.Replace(path, copy));
        }

        public string? Create(string path, ReadOnlySpan<byte> content)
        {
            byte[] copy = content.ToArray();
            return clock.Around(() => inner.Create(path, copy));
        }

        public string? Delete(string path, IReadOnlyList<string> folders) => clock.Around(() => inner.Delete(path, folders));

        public string? SetMode(string path, UnixFileMode mode) => clock.Around(() => inner.SetMode(path, mode));

        public UnixFileMode? ModeOf(string path) => inner.ModeOf(path);

        public byte[]? Read(string path) => inner.Read(path);
    }

    private sealed class Tools : IBootTools
    {
        public List<string> Ran { get; } = [];

        public string? Run(IReadOnlyList<string> words)
        {
            Ran.Add(string.Join(' ', words));
            return null;
        }
    }
}
