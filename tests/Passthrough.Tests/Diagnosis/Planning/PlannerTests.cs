using System.Diagnostics;
using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Planning;
using Passthrough.Host.Bundles;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Reports.Json;
using Passthrough.Reports.Plans;
using Passthrough.Tests.Diagnosis.Checks;
using Passthrough.Tests.Results;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Planning;

public class PlannerTests
{
    [Fact]
    public void A_machine_of_which_nothing_is_known_gets_no_step()
    {
        TuningPlan plan = Planner.Plan(Auditor.Judge(Models.Blank, new AuditOptions { Today = DeviceCase.Today }), []);
        Assert.Empty(plan.Steps);
        Assert.Contains(plan.Notes, note => note.StartsWith("The command line is not known", StringComparison.Ordinal));
        Assert.Contains(plan.Notes, note => note.StartsWith("Not known, so nothing is planned", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_recorded_machine_has_a_plan_whose_forms_are_sound()
    {
        int steps = 0;
        foreach (string machine in Directory.GetFiles(Path.Combine(Fixtures.Repository, "tests", "Hosts"), "machine.tar.zst", SearchOption.AllDirectories))
        {
            HostModel model = HostReader.Read(BundleEvidence.Open(machine));
            foreach (PciDevice device in model.Pci.All.Where(device => !device.IsBridge).Take(3))
            {
                (_, TuningPlan plan) = Of(model, [device.Address]);
                steps += plan.Steps.Count;
                string script = PlanShell.Render(plan);
                Assert.DoesNotContain("amd_iommu=on", PlanText.Render(plan, "a machine") + script, StringComparison.Ordinal);
                Assert.Empty(SchemaCheck.Problems("ptdiag.plan-1.schema.json", Passthrough.Reports.Json.Documents.Plan(model, plan, new ToolInfo("ptdiag", "1"))));
                AssertParses(script);
                Assert.All(plan.Steps, step => Assert.All(step.Reasons, id => Assert.NotNull(Catalog.Find(id))));
            }
        }

        Assert.True(steps > 0);
    }

    [Fact]
    public void A_healthy_machine_needs_nothing()
    {
        (_, TuningPlan plan) = Of(Host("intel-healthy"), []);
        Assert.Empty(plan.Steps);
    }

    [Theory]
    [InlineData("cmdline-off", "intel_iommu=off", "CMD-001")]
    [InlineData("amd-cmdline-off", "amd_iommu=off", "CMD-002")]
    [InlineData("intremap-off-cmdline", "intremap=off", "CMD-011")]
    public void A_token_that_switches_off_is_to_go(string machine, string token, string finding)
    {
        (HostModel model, TuningPlan plan) = Of(Host(machine), []);

        // The guests of the lab boot without a boot loader: the change is named, and left to a person.
        Assert.Contains(plan.Notes, note => note.Contains("take out " + token, StringComparison.Ordinal));
        HostModel installed = model with
        {
            Kernel = model.Kernel with
            {
                Boot = new Passthrough.Host.Boot.BootInfo
                {
                    LoaderInfo = Models.Absent<string>(),
                    Unread = [],
                    Lines = [new Passthrough.Host.Boot.StagedLine { Kind = Passthrough.Host.Boot.StagedKind.GrubDefaults, Path = "/etc/default/grub", Tokens = [] }],
                },
                BootLoader = [new Passthrough.Host.Kernel.ConfigurationFile("/etc/default/grub", Reading.Of<IReadOnlyList<string>>([$"GRUB_CMDLINE_LINUX=\"quiet {token}\""], "/etc/default/grub"))],
            },
        };
        PlanStep step = Assert.Single(Planner.Plan(Auditor.Judge(installed, new AuditOptions { Today = DeviceCase.Today }), []).Steps);
        Assert.Equal(finding, Assert.Single(step.Reasons));
        Assert.True(step.AtBoot);
        Assert.DoesNotContain(token, step.Wanted.Split(' '));
        Assert.Equal("GRUB_CMDLINE_LINUX=\"quiet\"\n", Assert.IsType<PlanAction.EditCommandLine>(step.Actions[0]).After);
    }

    [Fact]
    public void A_function_that_the_host_needs_gets_no_step()
    {
        (HostModel model, _) = Of(Host("device-in-use"), []);
        PciAddress used = model.Usage.Uses.First(use => use.Value.Count > 0).Key;
        (_, TuningPlan plan) = Of(Host("device-in-use"), [used]);
        Assert.DoesNotContain(plan.Steps, step => step.Title.Contains(used.ToString(), StringComparison.Ordinal));
        Assert.NotEmpty(plan.Notes);
    }

    [Fact]
    public void The_script_changes_what_it_says_and_its_undo_puts_every_byte_back()
    {
        string folder = Directory.CreateTempSubdirectory("ptdiag-it's a $(plan)-").FullName;
        try
        {
            string value = Write(folder, "value", "1\n"), grub = Write(folder, "grub", "GRUB_CMDLINE_LINUX=\"a'b iommu=off\"\n"), rules = Path.Combine(folder, "new.rules"), made = Write(folder, "made", ""),
                modules = Write(folder, "modules", "# 'a' \\n\nvfio_virqfd\nloop\n"), node = Write(folder, "node", "");
            File.SetUnixFileMode(node, UnixFileMode.UserRead);
            var change = new CommandLineChange(["iommu=pt"], ["iommu=off"]);
            string before = File.ReadAllText(grub);
            TuningPlan plan = new(
            [
                Step(new PlanAction.KernelValue(value, "2", "1")),
                Step(new PlanAction.EditCommandLine(grub, BootFileKind.GrubDefaults, change, before, BootFileEditor.GrubDefaults(before, change).Text), new PlanAction.RunTool(["cp", grub, made])),
                Step(new PlanAction.NewFile(rules, "# it's ours\n")),
                Step(new PlanAction.EditLine(modules, "vfio_virqfd", "# it's \\n gone"), new PlanAction.EditLine(modules, null, "vfio-pci")),
                Step(new PlanAction.SetMode(node, UnixFileMode.UserRead | UnixFileMode.GroupRead, UnixFileMode.UserRead)),
            ], ["a note\nof two lines"]);
            string script = Write(folder, "mend.sh", PlanShell.Render(plan)), undo = Path.Combine(folder, "undo.sh");

            Assert.Equal((0, ""), Shell(script, undo));
            Assert.Equal("2\n", File.ReadAllText(value));
            Assert.Equal("GRUB_CMDLINE_LINUX=\"a'b\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"iommu=pt\"\n", File.ReadAllText(grub));
            Assert.Equal(File.ReadAllText(grub), File.ReadAllText(made));
            Assert.Equal("# it's ours\n", File.ReadAllText(rules));
            Assert.Equal("# 'a' \\n\n# it's \\n gone\nloop\nvfio-pci\n", File.ReadAllText(modules));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead, File.GetUnixFileMode(node));

            Assert.Equal((0, ""), Shell(undo));
            Assert.Equal("1\n", File.ReadAllText(value));
            Assert.Equal(before, File.ReadAllText(grub));
            Assert.Equal(before, File.ReadAllText(made));
            Assert.False(File.Exists(rules));
            Assert.Equal("# 'a' \\n\nvfio_virqfd\nloop\n", File.ReadAllText(modules));
            Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(node));

            // A machine that has changed since the plan is left alone.
            File.Delete(undo);
            File.WriteAllText(value, "7\n");
            (int code, string said) = Shell(script, undo);
            Assert.Equal(1, code);
            Assert.Contains("make a new plan", said, StringComparison.Ordinal);
            Assert.Equal("7\n", File.ReadAllText(value));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static PlanStep Step(params PlanAction[] actions) => new()
    {
        Title = "a step",
        Current = "a",
        Wanted = "b",
        Reasons = ["IOM-001"],
        Risk = "none.",
        AtBoot = false,
        Undo = "back.",
        Actions = actions,
    };

    private static (HostModel Model, TuningPlan Plan) Of(string machine, PciAddress[] devices) => Of(HostReader.Read(BundleEvidence.Open(machine)), devices);

    private static (HostModel Model, TuningPlan Plan) Of(HostModel model, PciAddress[] devices)
    {
        return (model, Planner.Plan(Auditor.Judge(model, new AuditOptions { Devices = devices, Today = DeviceCase.Today }), devices));
    }

    private static string Host(string name) => Path.Combine(Fixtures.Repository, "tests", "Hosts", name, "machine.tar.zst");

    private static string Write(string folder, string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static void AssertParses(string script)
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, script);
        Assert.Equal((0, ""), Shell("-n", file));
        File.Delete(file);
    }

    private static (int Code, string Said) Shell(params string[] words)
    {
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", words) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        string said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}
