using System.Text;
using CsCheck;
using Passthrough.Diagnosis.Planning;
using Passthrough.Host.Pci;
using Passthrough.Reports.Json;
using Passthrough.Reports.Plans;
using Passthrough.Tests.Diagnosis;
using Passthrough.Tests.Results;
using Xunit;
using Documents = Passthrough.Reports.Json.Documents;

namespace Passthrough.Tests.Reports.Plans;

public sealed class PlanFormsTests
{
    private static TuningPlan Every => new(
    [
        Step("Kernel command line", ["CMD-001"], atBoot: true,
            new PlanAction.EditCommandLine("/etc/default/grub", BootFileKind.GrubDefaults, new CommandLineChange(["iommu=pt"], ["intel_iommu=off"]),
                "GRUB_CMDLINE_LINUX=\"intel_iommu=off {{ x }}\"\n", "GRUB_CMDLINE_LINUX=\"{{ x }} iommu=pt\"\n"),
            new PlanAction.RunTool(["grub-mkconfig", "-o", "/boot/grub/grub.cfg"])),
        Step("Mappings of a VFIO container", ["LIM-002"], atBoot: false, new PlanAction.KernelValue("/sys/module/vfio_iommu_type1/parameters/dma_entry_limit", "65535", "512")),
        Step("Permissions of /dev/vfio/vfio", ["MOD-002"], atBoot: false,
            new PlanAction.SetMode("/dev/vfio/vfio", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite, UnixFileMode.UserRead)),
        Step("Obsolete module", ["KRN-007"], atBoot: false, new PlanAction.EditLine("/etc/modules", "vfio_virqfd", "# vfio_virqfd (gone)"), new PlanAction.EditLine("/etc/modules", null, "vfio-pci")),
        Step("Default domain of group 7", ["IOM-005"], atBoot: false, new PlanAction.GroupDomain("7", "identity", "DMA-FQ")),
        Step("Driver of 0000:01:00.0", ["DEV-001"], atBoot: false, new PlanAction.Bind(Address, "vfio-pci", "nvme", null),
            new PlanAction.NewFile("/etc/udev/rules.d/70.rules", "KERNEL==\"0000:01:00.0\"\n")),
        Step("Kernel command line by grubby", ["CMD-003"], atBoot: true,
            new PlanAction.RunTool(["grubby", "--update-kernel=ALL", "--args=a b"], ["grubby", "--update-kernel=ALL", "--remove-args=a b"]) { Change = new CommandLineChange(["a", "b"], []) }),
    ], ["A note with \"quotes\"\nand two lines."]);

    [Fact]
    public void Every_action_has_its_form_as_approved()
    {
        Approved.Check("Reports/Plans/Approved/plan.verified.txt", PlanText.Render(Every, "this machine"));
        Approved.Check("Reports/Plans/Approved/plan.verified.sh", PlanShell.Render(Every));
        Approved.Check("Reports/Plans/Approved/plan.verified.yml", PlanAnsible.Render(Every));
        Approved.Check("Reports/Plans/Approved/empty.verified.yml", PlanAnsible.Render(new TuningPlan([], [])));
    }

    [Fact]
    public void A_plan_is_read_as_it_was_written()
    {
        string json = Documents.Plan(Models.Blank, Every, new ToolInfo("ptdiag", "1"));
        Assert.Empty(SchemaCheck.Problems("ptdiag.plan-1.schema.json", json));
        Assert.True(Documents.TryReadPlan(Encoding.UTF8.GetBytes(json), out TuningPlan? plan, out string? why), why);
        Assert.Equal(json, Documents.Plan(Models.Blank, plan, new ToolInfo("ptdiag", "1")));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("{}", "schema")]
    [InlineData("{\"schema\":\"ptdiag.plan/1\",\"steps\":[null]}", "lacks")]
    [InlineData("{\"schema\":\"ptdiag.plan/1\",\"steps\":[{\"title\":\"a\",\"current\":\"a\",\"wanted\":\"a\",\"reasons\":[],\"actions\":[{\"kind\":\"dance\"}]}]}", "dance")]
    [InlineData("{\"schema\":\"ptdiag.plan/1\",\"steps\":[{\"title\":\"a\",\"current\":\"a\",\"wanted\":\"a\",\"reasons\":[],\"actions\":[{\"kind\":\"bind\",\"address\":\"x\"}]}]}", "PCI address")]
    [InlineData("{\"schema\":\"ptdiag.plan/1\",\"steps\":[{\"title\":\"a\",\"current\":\"a\",\"wanted\":\"a\",\"reasons\":[],\"actions\":[{\"kind\":\"setMode\",\"path\":\"/dev/vfio/vfio\",\"value\":\"rwx\",\"before\":\"0\"}]}]}", "octal")]
    public void What_is_no_plan_is_refused_with_a_reason(string text, string says)
    {
        Assert.False(Documents.TryReadPlan(Encoding.UTF8.GetBytes(text), out _, out string? why));
        Assert.Contains(says, why, StringComparison.Ordinal);
    }

    [Fact]
    public void No_bytes_make_it_throw()
    {
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            _ = Documents.TryReadPlan(bytes, out _, out _);
        });
        byte[] json = Encoding.UTF8.GetBytes(Documents.Plan(Models.Blank, Every, new ToolInfo("ptdiag", "1")));
        Gen.Select(Gen.Int[0, json.Length - 1], Gen.Byte).Sample((at, value) =>
        {
            byte[] changed = [.. json];
            changed[at] = value;
            _ = Documents.TryReadPlan(changed, out _, out _);
        });
    }

    private static PciAddress Address => PciAddress.TryParse("0000:01:00.0", out PciAddress address) ? address : default;

    private static PlanStep Step(string title, string[] reasons, bool atBoot, params PlanAction[] actions) => new()
    {
        Title = title,
        Current = "as it is",
        Wanted = "as it should be",
        Reasons = reasons,
        Risk = "None seen.",
        AtBoot = atBoot,
        Undo = "It is put back.",
        Actions = actions,
    };
}
