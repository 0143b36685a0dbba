using System.Text;
using Passthrough.Host.Boot;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Host.Boot;

public class BootReaderTests
{
    private static BootInfo Read(TreeEvidence tree) => KernelReader.Read(tree, KernelLogReader.Read(tree)).Boot!;

    private static string Text(StagedLine line) => string.Join(' ', line.Tokens.Select(item => item.Token.Text));

    [Fact]
    public void Grub_defaults_are_read_as_the_shell_does()
    {
        BootInfo boot = Read(new TreeEvidence
        {
            ["/etc/default/grub"] = "# comment\nGRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX=\"intel_iommu=on $(broken) \"\nGRUB_CMDLINE_LINUX_DEFAULT='quiet splash'\n",
            ["/etc/default/grub.d/50-vfio.cfg"] = "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT vfio-pci.ids=10de:1b80\"\nGRUB_CMDLINE_LINUX+=\" iommu=pt\"\n",
        });

        StagedLine line = Assert.Single(boot.Lines);
        Assert.Equal("intel_iommu=on iommu=pt quiet splash vfio-pci.ids=10de:1b80", Text(line));
        Assert.Equal(("/etc/default/grub", 3), (line.Tokens[0].Path, line.Tokens[0].Line));
        Assert.Equal(("/etc/default/grub", 4), (line.Tokens[2].Path, line.Tokens[2].Line));
        Assert.Equal(("/etc/default/grub.d/50-vfio.cfg", 1), (line.Tokens[4].Path, line.Tokens[4].Line));
        Assert.Empty(boot.Unread);
    }

    [Fact]
    public void Grub_entries_carry_their_kernel_and_know_recovery()
    {
        BootInfo boot = Read(new TreeEvidence
        {
            ["/boot/grub/grub.cfg"] = "menuentry 'Debian' {\n\tlinux\t/boot/vmlinuz-6.1 root=/dev/sda1 ro quiet $vt_handoff\n}\nmenuentry 'Debian (recovery mode)' {\n linux /boot/vmlinuz-6.1 root=/dev/sda1 ro single\n}\n",
        });

        Assert.Equal([("/boot/vmlinuz-6.1", false), ("/boot/vmlinuz-6.1", true)], boot.Lines.Select(line => (line.Kernel!, line.IsRecovery)));
        Assert.Equal("root=/dev/sda1 ro quiet", Text(boot.Lines[0]));
        Assert.Equal(2, boot.Lines[0].Tokens[0].Line);
    }

    [Fact]
    public void Loader_entries_take_kernelopts_from_grubenv()
    {
        var tree = new TreeEvidence
        {
            ["/boot/loader/entries/a-6.5.conf"] = "title Fedora\nversion 6.5\nlinux /vmlinuz-6.5\noptions $kernelopts $tuned_params\n",
            ["/boot/grub2/grubenv"] = "# GRUB Environment Block\nkernelopts=root=/dev/sda1 ro intel_iommu=on\n####\n",
        };
        Assert.Equal("root=/dev/sda1 ro intel_iommu=on", Text(Assert.Single(Read(tree).Lines)));

        tree.Set("/boot/grub2/grubenv", Answer.Denied);
        BootInfo boot = Read(tree);
        Assert.Empty(boot.Lines);
        Assert.Contains(boot.Unread, item => item.Source == "/boot/loader/entries/a-6.5.conf");
    }

    [Fact]
    public void Plain_command_lines_and_kernelstub_are_sources()
    {
        BootInfo boot = Read(new TreeEvidence
        {
            ["/etc/kernel/cmdline"] = "root=ZFS=rpool/ROOT/pve-1 boot=zfs iommu=pt\n",
            ["/etc/kernel/proxmox-boot-uuids"] = "1234-ABCD\n",
            ["/etc/kernelstub/configuration"] = "{\n \"user\": {\n  \"kernel_options\": [\"quiet\",\n   \"intel_iommu=on\"]\n }\n}\n",
        });

        Assert.True(boot.UsesProxmoxBootTool);
        Assert.Equal([StagedKind.KernelInstall, StagedKind.Kernelstub], boot.Lines.Select(line => line.Kind));
        Assert.Equal(4, boot.Lines[1].Tokens[1].Line);
    }

    [Fact]
    public void The_loaders_variable_is_utf16_behind_four_bytes()
    {
        var tree = new TreeEvidence();
        tree.Set("/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
            Answer.Of((byte[])[6, 0, 0, 0, .. Encoding.Unicode.GetBytes("systemd-boot 257\0")]));
        Assert.Equal("systemd-boot 257", Read(tree).LoaderInfo.Value);
        Assert.False(BootReader.TryParseVariable([1, 2, 3], out _));
    }

    [Theory]
    [InlineData("/etc/default/grub", "garbage")]
    [InlineData("/etc/default/grub", "\u0001\u0002")]
    [InlineData("/boot/grub/grub.cfg", "garbage")]
    [InlineData("/boot/loader/entries/a.conf", "garbage")]
    [InlineData("/etc/kernel/cmdline", "garbage")]
    [InlineData("/etc/kernelstub/configuration", "garbage")]
    [InlineData("/etc/kernelstub/configuration", "[]")]
    public void What_cannot_be_understood_is_unread_and_not_empty(string path, string text) =>
        Assert.Contains(Read(new TreeEvidence { [path] = text }).Unread, item => item.Source == path);
}
