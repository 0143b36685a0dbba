using System.Text;
using Passthrough.Diagnosis.Planning;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Tests.Diagnosis;
using Passthrough.Tuning;
using Xunit;

namespace Passthrough.Tests.Tuning;

public sealed class PlanStepsTests : IDisposable
{
    private const string Value = "/sys/module/vfio_iommu_type1/parameters/dma_entry_limit";
    private const string Device = "0000:01:00.0";
    private readonly MachineFolder _machine = new();
    private readonly FakeKernel _kernel = new();

    private HostModel Model { get; set; } = Models.Blank with { Usage = Models.Blank.Usage with { IsSeen = true } };

    public PlanStepsTests()
    {
        _kernel.Files[Value] = "512";
        _kernel.Links[$"/sys/bus/pci/devices/{Device}/driver"] = "../../../bus/pci/drivers/nvme";
        _kernel.Files[$"/sys/bus/pci/devices/{Device}/driver_override"] = "(null)";
        _kernel.NativeDriver[Device] = "nvme";
    }

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void What_is_so_already_is_no_step()
    {
        Assert.Null(Of(new PlanAction.KernelValue(Value, "512", "64")));
        _machine.Write("/etc/modprobe.d/a.conf", "x\n");
        Assert.Null(Of(new PlanAction.NewFile("/etc/modprobe.d/a.conf", "x\n")));
    }

    [Theory]
    [InlineData("65535", "64", "holds '512' and not '64'")]
    public void A_value_that_the_plan_did_not_see_is_left_alone(string value, string before, string says) =>
        Assert.Contains(says, Refusal(new PlanAction.KernelValue(Value, value, before)), StringComparison.Ordinal);

    [Theory]
    [InlineData("/etc/shadow")]
    [InlineData("/sys/../etc/shadow")]
    [InlineData("/proc/sysrq-trigger")]
    public void A_path_outside_of_what_plans_are_made_of_is_refused(string path)
    {
        Assert.Contains("not applied", Refusal(new PlanAction.KernelValue(path, "b", "a")), StringComparison.Ordinal);
        Assert.Contains("not applied", Refusal(new PlanAction.NewFile(path, "b")), StringComparison.Ordinal);
        Assert.Contains("not applied", Refusal(new PlanAction.EditLine(path, "a", "b")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_outside_of_the_list_is_refused() => Assert.Contains("it is not applied", Refusal(new PlanAction.RunTool(["rm", "-rf", "/"])), StringComparison.Ordinal);

    [Fact]
    public void A_driver_that_gives_nothing_to_guests_is_refused() =>
        Assert.Contains("no driver that gives devices to guests", Refusal(new PlanAction.Bind(Address, "e1000e", "nvme", null)), StringComparison.Ordinal);

    [Fact]
    public void A_device_that_vanished_or_changed_its_driver_since_the_plan_is_left_alone()
    {
        Assert.Contains("is on nvme and not on e1000e", Refusal(new PlanAction.Bind(Address, "vfio-pci", "e1000e", null)), StringComparison.Ordinal);
        _kernel.Files[Value] = "512";
        Assert.True(PciAddress.TryParse("0000:09:00.0", out PciAddress gone));
        Assert.Throws<TuningException>(() => Of(new PlanAction.Bind(gone, "vfio-pci", "nvme", null)));
    }

    [Fact]
    public void An_edit_keeps_every_other_byte_and_runs_the_maker_after_it_and_after_its_undo()
    {
        const string grub = "# é\r\nGRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=off\"";
        _machine.Write("/etc/default/grub", grub);
        TuningStep step = Of(new PlanAction.EditCommandLine("/etc/default/grub", BootFileKind.GrubDefaults, new CommandLineChange(["iommu=pt"], ["intel_iommu=off"])),
            new PlanAction.RunTool(["update-grub"]))!;

        var file = Assert.IsType<FileChange>(step.Changes[0]);
        Assert.Equal(grub.Replace("intel_iommu=off", "iommu=pt", StringComparison.Ordinal), Encoding.UTF8.GetString(file.After.Span));
        Assert.Equal(["update-grub"], Assert.Single(file.UndoTools));
        Assert.Equal(["update-grub"], Assert.IsType<ToolRun>(step.Changes[1]).Words);
        Assert.Equal(["iommu=pt"], step.TokensAdded);
        Assert.Equal(["intel_iommu=off"], step.TokensRemoved);
    }

    [Fact]
    public void A_maker_does_not_run_where_nothing_was_edited()
    {
        _machine.Write("/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"iommu=pt\"\n");
        Assert.Null(Of(new PlanAction.EditCommandLine("/etc/default/grub", BootFileKind.GrubDefaults, new CommandLineChange(["iommu=pt"], [])), new PlanAction.RunTool(["update-grub"])));
    }

    [Fact]
    public void A_file_that_is_no_UTF8_or_changed_since_the_plan_is_left_alone()
    {
        _machine.Write("/etc/default/grub", [0x47, 0xff, 0xfe]);
        Assert.Contains("no UTF-8", Refusal(new PlanAction.EditCommandLine("/etc/default/grub", BootFileKind.GrubDefaults, new CommandLineChange(["a"], []))), StringComparison.Ordinal);
        _machine.Write("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"b\"\n");
        Assert.Contains("not as the plan saw it", Refusal(new PlanAction.EditCommandLine("/etc/default/grub", BootFileKind.GrubDefaults, new CommandLineChange(["a"], []), "GRUB_CMDLINE_LINUX=\"\"\n")), StringComparison.Ordinal);
        Assert.Contains("has no line", Refusal(new PlanAction.EditLine("/etc/default/grub", "x", "y")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_edit_of_a_file_begins_with_the_first()
    {
        _machine.Write("/etc/modules", "vfio_virqfd\nvfio-virqfd\n");
        TuningStep step = Of(new PlanAction.EditLine("/etc/modules", "vfio_virqfd", "# a"), new PlanAction.EditLine("/etc/modules", "vfio-virqfd", "# b"), new PlanAction.EditLine("/etc/modules", null, "vfio-pci"))!;
        FileChange[] files = [.. step.Changes.Cast<FileChange>()];
        Assert.Equal("# a\n# b\nvfio-pci\n", Encoding.UTF8.GetString(files[2].After.Span));
        Assert.True(files[2].Before!.Value.Span.SequenceEqual(files[1].After.Span));
    }

    [Fact]
    public void A_function_of_which_uses_were_not_seen_is_not_taken_from_the_host()
    {
        Model = Model with { Usage = Model.Usage with { IsSeen = false } };
        Assert.Contains("is not known (its mounts were not read)", Refusal(new PlanAction.Bind(Address, "vfio-pci", "nvme", null)), StringComparison.Ordinal);
        Model = Model with { Usage = Model.Usage with { IsSeen = true, UnseenOf = new Dictionary<PciAddress, string> { [Address] = "whether it drives a framebuffer" } } };
        Assert.Contains("whether it drives a framebuffer was not seen", Refusal(new PlanAction.Bind(Address, "vfio-pci", "nvme", null)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_that_is_not_loaded_is_loaded_first()
    {
        TuningStep step = Of(new PlanAction.Bind(Address, "vfio-pci", "nvme", null))!;
        Assert.Equal(["modprobe", "vfio-pci"], Assert.IsType<ToolRun>(step.Changes[0]).Words);
    }

    private static PciAddress Address => PciAddress.TryParse(Device, out PciAddress address) ? address : default;

    private TuningStep? Of(params PlanAction[] actions) => PlanSteps.Of(new PlanStep
    {
        Title = "A step",
        Current = "a",
        Wanted = "b",
        Reasons = ["CMD-001"],
        Risk = "",
        AtBoot = false,
        Undo = "",
        Actions = actions,
    }, new Both(_kernel, _machine.Evidence), Model, _machine.Files);

    private string Refusal(PlanAction action) => Assert.Throws<TuningException>(() => Of(action)).Message;
}

/// <summary>A folder that stands for the machine's lasting files.</summary>
internal sealed class MachineFolder : IDisposable
{
    public MachineFolder() => Directory.CreateDirectory(Root + "/etc");

    public string Root { get; } = Directory.CreateTempSubdirectory("ptdiag-machine-").FullName;

    public MachineFiles Files => new(Root);

    public IEvidence Evidence => EvidenceSources.Open(Root, null);

    public void Write(string path, string content) => Write(path, Encoding.UTF8.GetBytes(content));

    public void Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Root + path)!);
        File.WriteAllBytes(Root + path, content);
    }

    public byte[]? Read(string path) => File.Exists(Root + path) ? File.ReadAllBytes(Root + path) : null;

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

/// <summary>What is below /sys and /proc is the fake kernel's, the rest the folder's.</summary>
internal sealed class Both(FakeKernel kernel, IEvidence folder) : IEvidence
{
    public SourceKind Kind => SourceKind.Live;

    public string DisplayName => "fake";

    public Answer Ask(Question question) => question.Path.StartsWith("/sys/", StringComparison.Ordinal) || question.Path.StartsWith("/proc/", StringComparison.Ordinal)
        ? question.Verb == Verb.List && kernel.Ask(question) is { IsFound: true } answer && answer.Content.IsEmpty ? Answer.Absent : kernel.Ask(question)
        : folder.Ask(question);
}
