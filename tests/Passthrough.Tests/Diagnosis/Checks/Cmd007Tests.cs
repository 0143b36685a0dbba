using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Checks.CommandLine;
using Passthrough.Host.Boot;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;
using Passthrough.Tests.Host;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

public class Cmd007Tests
{
    private const string Grub = "BOOT_IMAGE=/boot/vmlinuz-6.1 root=/dev/sda1 ro";
    private static readonly Cmd007StagedLine _check = new();

    private static HostModel Machine(string live, TreeEvidence tree)
    {
        var unread = new List<Reading<string>>();
        IReadOnlyList<ConfigurationFile> files = ConfigurationReader.ReadBootLoader(tree, unread);
        HostModel model = Models.Blank.CommandLine(live);
        return model with { Kernel = model.Kernel with { BootLoader = files, Boot = BootReader.Read(tree, files, unread) } };
    }

    private static TreeEvidence GrubTree(string defaults, string entry) => new()
    {
        ["/etc/default/grub"] = $"# GRUB\nGRUB_CMDLINE_LINUX_DEFAULT=\"{defaults}\"\n",
        ["/boot/grub/grub.cfg"] = $"menuentry 'Debian' {{\n linux /boot/vmlinuz-6.1 root=/dev/sda1 ro {entry}\n}}\n",
    };

    [Fact]
    public void Files_that_agree_with_the_running_line_pass() =>
        Assert.Equal(Verdict.Pass, _check.Single(Machine(Grub + " intel_iommu=on quiet", GrubTree("intel_iommu=on splash", "intel_iommu=on"))).Verdict);

    [Theory]
    [InlineData("intel_iommu=on", "", "update-grub", "does not have it yet")]
    [InlineData("intel_iommu=on", "intel_iommu=on", "Reboot", "a reboot is what is missing")]
    [InlineData("", "intel_iommu=on", "Reboot", "an entry of the boot loader")]
    public void A_staged_token_that_is_not_live_warns(string defaults, string entry, string remedy, string message)
    {
        Finding finding = _check.Single(Machine(Grub, GrubTree(defaults, entry)));

        Assert.Equal((Verdict.Warn, "token:intel_iommu=on"), (finding.Verdict, finding.Subject));
        Assert.Contains(remedy, Assert.Single(finding.Remedy).Text, StringComparison.Ordinal);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.Contains("line 2", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_live_token_that_the_files_lack_is_a_note()
    {
        Finding finding = _check.Single(Machine(Grub + " iommu=pt", GrubTree("", "")));
        Assert.Equal((Verdict.Note, "token:iommu=pt"), (finding.Verdict, finding.Subject));
        Assert.Contains("goes away", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dash_and_underscore_are_the_same_parameter() =>
        Assert.Equal(Verdict.Pass, _check.Single(Machine(Grub + " vfio_pci.ids=10de:1b80", GrubTree("vfio-pci.ids=10de:1b80", "vfio-pci.ids=10de:1b80"))).Verdict);

    [Fact]
    public void Tokens_without_a_part_in_passthrough_do_not_matter() =>
        Assert.Equal(Verdict.Pass, _check.Single(Machine(Grub, GrubTree("splash loglevel=3", "mitigations=off"))).Verdict);

    [Fact]
    public void A_file_that_the_loader_does_not_read_is_the_wrong_one()
    {
        var tree = new TreeEvidence
        {
            ["/etc/default/grub"] = "# GRUB\nGRUB_CMDLINE_LINUX=\"intel_iommu=on\"\n",
            ["/etc/kernel/cmdline"] = "root=ZFS=rpool/ROOT/pve-1 boot=zfs\n",
            ["/etc/kernel/proxmox-boot-uuids"] = "1234-ABCD\n",
        };
        Finding finding = _check.Run(Machine("initrd=\\EFI\\proxmox\\6.8\\initrd.img root=ZFS=rpool/ROOT/pve-1 boot=zfs", tree)).Single(item => item.Verdict == Verdict.Warn);

        Assert.Contains("does not read this file", finding.Message, StringComparison.Ordinal);
        Assert.Contains("/etc/kernel/cmdline", Assert.Single(finding.Remedy).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/etc/default/grub")]
    [InlineData("/boot/grub/grub.cfg")]
    public void A_file_that_cannot_be_read_leaves_the_verdict_or_makes_it_unknown(string path)
    {
        foreach (string live in (string[])["", " intel_iommu=on", " iommu=pt"])
        {
            Finding[] whole = _check.Run(Machine(Grub + live, GrubTree("intel_iommu=on", "")));
            foreach (Answer answer in (Answer[])[Answer.Denied, Answer.NotRecorded, Answer.Of("garbage"), Answer.Of("\u0000\u0001")])
            {
                TreeEvidence tree = GrubTree("intel_iommu=on", "");
                tree.Set(path, answer);
                Assert.All(_check.Run(Machine(Grub + live, tree)), finding => Assert.True(finding.Verdict == Verdict.Unknown
                    || whole.Any(item => item.Subject == finding.Subject && item.Verdict == finding.Verdict), $"{live} {path} {answer.Outcome}: {finding.Verdict} {finding.Subject}"));
            }
        }
    }

    [Fact]
    public void No_boot_loader_does_not_apply_on_a_machine_and_is_unknown_in_a_tree()
    {
        HostModel model = Machine("console=ttyS0", new TreeEvidence());
        Assert.Equal(Verdict.NotApplicable, _check.Single(model).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(model with { Source = SourceKind.Directory }).Verdict);
    }

    [Fact]
    public void Nothing_read_is_unknown()
    {
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank).Verdict);
        Assert.Equal(Verdict.Unknown, _check.Single(Models.Blank.CommandLine("ro")).Verdict);
    }
}
