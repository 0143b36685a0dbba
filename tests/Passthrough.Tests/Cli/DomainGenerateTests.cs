using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Placement;
using Passthrough.Host.Bundles;
using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Reports.Domains;
using Passthrough.Tests.Diagnosis.Checks;
using Xunit;

namespace Passthrough.Tests.Cli;

public class DomainGenerateTests
{
    [Fact]
    public void Every_recorded_machine_gets_a_guest_that_the_lint_has_nothing_against_or_the_sentences_why_not()
    {
        int made = 0, refused = 0;
        foreach (string machine in Directory.GetFiles(Path.Combine(Fixtures.Repository, "tests", "Hosts"), "machine.tar.zst", SearchOption.AllDirectories))
        {
            HostModel model = HostReader.Read(BundleEvidence.Open(machine));
            foreach (PciDevice device in model.Pci.All.Where(device => !device.IsBridge))
            {
                GuestDesign design = Assert.Single(GuestDesigner.Design(model, [new GuestRequest("guest", 1, 64 << 20, [device.Address])]));
                Assert.All(design.Problems.Concat(design.Notes), sentence => Assert.EndsWith(".", sentence.TrimEnd(')'), StringComparison.Ordinal));
                if (!design.IsPossible)
                {
                    refused++;
                    continue;
                }

                made++;
                Reading<GuestDefinition> parsed = DomainXmlParser.Parse(DomainXmlWriter.Write(design), "guest.xml");
                Assert.True(parsed.IsKnown, parsed.Why);
                Assert.Equal(design.Functions.Select(function => function.Address), parsed.Value!.Devices.Select(given => given.Address));
                AuditResult audit = DomainLint.Judge(model, DomainLint.Given(model, parsed.Value!, "guest.xml"), DeviceCase.Today);
                Assert.DoesNotContain(audit.Findings, finding => finding.Verdict == Verdict.Fail && finding.Id is "VIRT-001" or "VIRT-002" or "VIRT-005" or "VIRT-006" or "VIRT-008" or "VIRT-009");
            }
        }

        // Most machines of the lab have one processor, which stays the host's.
        Assert.True(made > 0 && refused > 10, $"{made} made, {refused} refused");
    }

    [Fact]
    public void A_device_of_a_recorded_machine_is_written_as_XML_and_as_a_command_line()
    {
        string bundle = Path.Combine(Fixtures.Repository, "tests", "Hosts", "numa", "machine.tar.zst");
        string address = Candidate(bundle);
        (int code, string output, string error) = Ptdiag.Run("domain", "generate", "--bundle", bundle, "--device", address, "--vcpus", "1", "--memory", "64M");
        Assert.True(code == 0, error);
        Assert.StartsWith("<domain type=\"kvm\">", output, StringComparison.Ordinal);
        (code, output, _) = Ptdiag.Run("domain", "generate", "--bundle", bundle, "--device", address, "--vcpus", "1", "--memory", "64M", "--format", "qemu");
        Assert.Equal(0, code);
        Assert.Contains("vfio-pci,host=" + address, output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_told_and_nothing_is_written()
    {
        string bundle = Path.Combine(Fixtures.Repository, "tests", "Hosts", "intel-healthy", "machine.tar.zst");
        (int code, string output, string error) = Ptdiag.Run("domain", "generate", "--bundle", bundle, "--device", Candidate(bundle), "--vcpus", "512");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("512 virtual CPUs do not fit", error, StringComparison.Ordinal);
        (code, output, error) = Ptdiag.Run("domain", "generate", "--bundle", bundle, "--device", "0000:99:00.0");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("no PCI function 0000:99:00.0", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--memory", "16")]
    [InlineData("--memory", "-1G")]
    [InlineData("--memory", "1500K")]
    [InlineData("--vcpus", "0")]
    [InlineData("--huge-pages", "3M")]
    [InlineData("--name", "a/b")]
    [InlineData("--device", "nonsense")]
    public void A_value_that_is_none_is_a_usage_error(string option, string value)
    {
        string bundle = Path.Combine(Fixtures.Repository, "tests", "Hosts", "intel-healthy", "machine.tar.zst");
        string[] device = option == "--device" ? [] : ["--device", "0000:00:01.0"];
        (int code, string output, string error) = Ptdiag.Run(["domain", "generate", "--bundle", bundle, .. device, option, value]);
        Assert.Equal((2, ""), (code, output));
        Assert.Equal(1, error.Count(letter => letter == '\n'));
    }

    private static string Candidate(string bundle) =>
        HostReader.Read(BundleEvidence.Open(bundle)).Pci.All.First(device => device.IsOnVfioDriver).Address.ToString();
}
