using System.Diagnostics;
using CsCheck;
using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Placement;
using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Reports.Domains;
using Passthrough.Tests.Diagnosis.Checks;
using Passthrough.Tests.Diagnosis.Placement;
using Xunit;

namespace Passthrough.Tests.Reports.Domains;

public class DomainWriterTests
{
    private const string Validator = "/usr/bin/virt-xml-validate";

    [Fact]
    public void A_guest_with_a_graphics_card_is_as_approved()
    {
        GuestDesign design = Graphics();
        Approved.Check("Reports/Domains/Graphics.verified.xml", DomainXmlWriter.Write(design, "/var/lib/libvirt/images/win11.raw"));
        Approved.Check("Reports/Domains/Graphics.verified.sh", QemuCommandWriter.Write(design, "/var/lib/libvirt/images/win11.raw"));
    }

    [Fact]
    public void A_guest_with_a_virtual_function_on_two_nodes_is_as_approved()
    {
        GuestDesign design = Network();
        Approved.Check("Reports/Domains/Network.verified.xml", DomainXmlWriter.Write(design));
        Approved.Check("Reports/Domains/Network.verified.sh", QemuCommandWriter.Write(design));
    }

    [SkippableFact]
    public void What_is_written_passes_libvirts_own_schema_where_its_program_is_there()
    {
        Skip.IfNot(File.Exists(Validator) && File.Exists("/usr/bin/xmllint"), $"{Validator} (libvirt-clients, libxml2-utils) is not installed.");
        foreach (GuestDesign design in (GuestDesign[])[Graphics(), Network(), Drive()])
        {
            string file = Path.GetTempFileName();
            try
            {
                File.WriteAllText(file, DomainXmlWriter.Write(design, "/images/a&b.raw"));
                using Process process = Process.Start(new ProcessStartInfo(Validator, [file, "domain"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
                string said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
                process.WaitForExit();
                Assert.True(process.ExitCode == 0, said);
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    [Fact]
    public void What_is_written_has_nothing_that_the_lint_fails_or_warns_of()
    {
        foreach (GuestDesign design in (GuestDesign[])[Graphics(), Network(), Drive()])
        {
            Reading<GuestDefinition> parsed = DomainXmlParser.Parse(DomainXmlWriter.Write(design), "guest.xml");
            Assert.True(parsed.IsKnown, parsed.Why);
            Assert.Empty(parsed.Value!.Problems);
            HostModel host = Host(design.Placement.Request.HugePageBytes > 0 ? 1 << 16 : 0);
            AuditResult audit = DomainLint.Judge(host, DomainLint.Given(host, parsed.Value!, "guest.xml"), DeviceCase.Today);
            Assert.Empty(audit.Findings.Where(finding => finding.Verdict is Verdict.Fail or Verdict.Warn && finding.Id.StartsWith("VIRT", StringComparison.Ordinal))
                .Select(finding => finding.Id + ": " + finding.Message));
            Assert.DoesNotContain(audit.Findings, finding => finding.Verdict is Verdict.Fail or Verdict.Warn
                && finding.Id is "NUM-002" or "NUM-003" or "CPU-004" or "CPU-005" or "BAR-003");
        }
    }

    [Fact]
    public void A_device_that_is_not_there_stops_it_with_a_sentence()
    {
        GuestDesign design = Assert.Single(GuestDesigner.Design(Host(), [new GuestRequest("guest", 2, PlacedHost.GiB, [DeviceCase.Address("0000:99:00.0")])]));
        Assert.False(design.IsPossible);
        Assert.Contains("no PCI function 0000:99:00.0", design.Problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_that_could_not_be_listed_are_not_called_missing()
    {
        GuestDesign design = Assert.Single(GuestDesigner.Design(Tests.Diagnosis.Models.Blank, [new GuestRequest("guest", 2, PlacedHost.GiB, [DeviceCase.Address("0000:99:00.0")])]));
        Assert.StartsWith("The PCI functions could not be listed", design.Problems[0], StringComparison.Ordinal);
        Assert.DoesNotContain(design.Problems, problem => problem.Contains("There is no PCI function", StringComparison.Ordinal));
    }

    [Fact]
    public void Any_name_and_image_stay_text() => Gen.Select(Gen.String, Gen.String).Sample((name, disk) =>
    {
        string plain = new([.. name.Where(character => !char.IsControl(character) && !char.IsSurrogate(character) && character < '\ufffe')]);
        string image = new([.. disk.Where(character => !char.IsControl(character) && !char.IsSurrogate(character) && character < '\ufffe')]);
        GuestDesign design = Drive();
        GuestRequest request = design.Placement.Request with { Name = "n" + plain };
        design = design with { Placement = design.Placement with { Request = request } };
        Assert.Equal("n" + plain, System.Xml.Linq.XDocument.Parse(DomainXmlWriter.Write(design, "/" + image)).Root!.Element("name")!.Value);
        Assert.DoesNotContain("\n\n", QemuCommandWriter.Write(design, "/" + image), StringComparison.Ordinal);
    });

    private static GuestDesign Graphics() => Design(new GuestRequest("win11", 8, 16 * PlacedHost.GiB, [DeviceCase.Address("0000:41:00.0")], 2 * PlacedHost.MiB, 1));

    private static GuestDesign Network() => Design(new GuestRequest("router", 16, 4 * PlacedHost.GiB, [DeviceCase.Address("0000:42:10.0")]));

    private static GuestDesign Drive() => Design(new GuestRequest("storage", 2, PlacedHost.GiB, [DeviceCase.Address("0000:43:00.0")]));

    private static GuestDesign Design(GuestRequest request)
    {
        GuestDesign design = Assert.Single(GuestDesigner.Design(Host(), [request]));
        Assert.Empty(design.Problems);
        return design;
    }

    private static HostModel Host(long freePages = 0) => PlacedHost.Of(2, 6, 2, freePages: freePages).With(
        PlacedHost.Device("0000:41:00.0", 1, 0x030000, "10", new PciBar(1, 0x380000000000, 64UL << 30, PciBarKind.Memory64, true)),
        PlacedHost.Device("0000:41:00.1", 1, 0x040300, "10"),
        PlacedHost.Device("0000:42:00.0", 0, 0x020000, "11") with { Driver = Tests.Diagnosis.Models.Known("ixgbe") },
        PlacedHost.Device("0000:42:10.0", 0, 0x020000, "12") with { Sriov = new PciSriov(Tests.Diagnosis.Models.Absent<long>(), Tests.Diagnosis.Models.Absent<long>(), Tests.Diagnosis.Models.Absent<bool>(), DeviceCase.Address("0000:42:00.0"), []) },
        PlacedHost.Device("0000:43:00.0", 1, 0x010802, "13"));
}
