using CsCheck;
using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;
using Xunit;

namespace Passthrough.Tests.Host.Kernel;

public class KernelReaderTests
{
    [Fact]
    public void Nothing_there_gives_nothing_known()
    {
        KernelInfo kernel = Read(new TreeEvidence());
        Assert.True(kernel.Release.IsAbsent);
        Assert.True(kernel.CommandLine.IsAbsent);
        Assert.False(kernel.Config.Values.IsKnown);
        Assert.False(kernel.Modules.Loaded.IsKnown);
        Assert.Equal(Outcome.NotRecorded, kernel.Modules.BuiltIn.Outcome);
        Assert.Empty(kernel.BootLoader);
        Assert.Equal(ModulePresence.Unknown, kernel.Modules.Presence("vfio_pci"));
    }

    [Theory]
    [InlineData("/proc/sys/kernel/osrelease", "6.1.0-13-amd64\n")]
    [InlineData("/proc/version", "Linux version 6.1.0-13-amd64 (debian-kernel@lists.debian.org) (gcc) #1 SMP\n")]
    [InlineData("/var/log/dmesg", "[    0.000000] Linux version 6.1.0-13-amd64 (debian)\n")]
    public void The_release_comes_from_the_first_place_that_has_it(string path, string text)
    {
        Reading<string> release = Read(new TreeEvidence { [path] = text }).Release;
        Assert.Equal("6.1.0-13-amd64", release.Value);
        Assert.Equal(path, release.Source);
    }

    [Fact]
    public void The_log_gives_the_command_line_where_proc_does_not()
    {
        KernelInfo kernel = Read(new TreeEvidence { ["/var/log/dmesg"] = "[ 0.1] Linux version 5.4\n[ 0.1] Kernel command line: ro iommu=pt\n" });
        Assert.Equal("ro iommu=pt", kernel.CommandLine.Value!.Text);
        Assert.Equal("/var/log/dmesg", kernel.CommandLine.Source);
    }

    [Fact]
    public void Module_lists_are_read_by_name()
    {
        Assert.Equal(["kvm", "kvm_amd"], ModuleNames.Loaded("kvm_amd 200704 0 - Live 0x0000000000000000\nkvm 1 1 kvm_amd, Live 0x0\n\n").Order());
        Assert.Equal(["a_b", "c", "d", "e"], ModuleNames.FromPaths(
            "kernel/drivers/a-b.ko: kernel/x.ko\nkernel/c.ko.xz:\nkernel/d.ko.zst: y\nextra/e.ko.gz:\nkernel/readme.txt\n# kernel/f.ko\n.ko:\n").Order());
        Gen.String.Sample(text => ModuleNames.FromPaths(text).Count >= 0 && ModuleNames.Loaded(text).Count >= 0);
    }

    [Fact]
    public void Modules_stand_where_the_files_say()
    {
        ModuleState modules = Read(new TreeEvidence
        {
            ["/proc/sys/kernel/osrelease"] = "6.1",
            ["/proc/modules"] = "vfio_pci 1 0 - Live 0x0\n",
            ["/lib/modules/6.1/modules.builtin"] = "kernel/drivers/vfio/vfio.ko\n",
            ["/usr/lib/modules/6.1/modules.dep"] = "kernel/drivers/vfio/pci/vfio-pci.ko.xz:\nkernel/arch/x86/kvm/kvm-amd.ko: kernel/arch/x86/kvm/kvm.ko\n",
            ["/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"] = "N\n",
            ["/sys/module/vfio_iommu_type1/parameters/dma_entry_limit"] = "65535\n",
        }).Modules;
        Assert.Equal(ModulePresence.Loaded, modules.Presence("vfio-pci"));
        Assert.Equal(ModulePresence.BuiltIn, modules.Presence("vfio"));
        Assert.Equal(ModulePresence.Loadable, modules.Presence("kvm_amd"));
        Assert.Equal(ModulePresence.Loaded, modules.Presence("vfio_iommu_type1"));
        Assert.Equal(ModulePresence.Missing, modules.Presence("vfio_virqfd"));
        Assert.Equal("N", modules.Parameter("vfio_iommu_type1", "allow_unsafe_interrupts").Value);
        Assert.Equal("65535", modules.Parameter("vfio_iommu_type1", "dma_entry_limit").Value);
        Assert.Equal(Outcome.Absent, modules.Parameter("kvm_amd", "avic").Outcome);
    }

    [Fact]
    public void No_module_list_is_an_empty_set_only_in_a_whole_proc()
    {
        Assert.True(Read(new TreeEvidence { ["/proc/cpuinfo"] = "x" }).Modules.Loaded.IsAbsent);
        ModuleState modules = Read(new TreeEvidence { ["/proc/self/comm"] = "x", ["/proc/filesystems"] = "nodev sysfs" }).Modules;
        Assert.Empty(modules.Loaded.Value!);

        var denied = new TreeEvidence { ["/proc/self/comm"] = "x", ["/proc/filesystems"] = "" };
        denied.Set("/proc/modules", Answer.Denied);
        Assert.Equal(Outcome.Denied, Read(denied).Modules.Loaded.Outcome);
    }

    [Fact]
    public void An_earlier_folder_masks_the_same_file_name_later()
    {
        KernelInfo kernel = Read(new TreeEvidence
        {
            ["/usr/lib/modprobe.d/vfio.conf"] = "options vfio-pci ids=1:2\n",
            ["/etc/modprobe.d/vfio.conf"] = "# mine\r\noptions vfio-pci ids=10de:1b80\n",
            ["/etc/modprobe.d/readme.txt"] = "no configuration",
            ["/run/modules-load.d/vfio.conf"] = "vfio_pci",
            ["/etc/modules"] = "",
        });
        Assert.Equal(["/etc/modprobe.d/vfio.conf", "/run/modules-load.d/vfio.conf", "/etc/modules"],
            kernel.ModuleConfiguration.Select(file => file.Path));
        Assert.Equal(["# mine", "options vfio-pci ids=10de:1b80"], kernel.ModuleConfiguration[0].Lines.Value!);
        Assert.Empty(kernel.ModuleConfiguration[2].Lines.Value!);
    }

    [Fact]
    public void Boot_loader_files_are_listed_also_when_they_may_not_be_read()
    {
        var tree = new TreeEvidence { ["/etc/default/grub"] = "GRUB_CMDLINE_LINUX=\"\"\n", ["/boot/loader/entries/a.conf"] = "options ro\n" };
        tree.Set("/boot/grub/grub.cfg", Answer.Denied);
        IReadOnlyList<ConfigurationFile> files = Read(tree).BootLoader;
        Assert.Equal(["/etc/default/grub", "/boot/grub/grub.cfg", "/boot/loader/entries/a.conf"], files.Select(file => file.Path));
        Assert.Equal(Outcome.Denied, files[1].Lines.Outcome);
        Assert.Equal("options ro", Assert.Single(files[2].Lines.Value!));
    }

    [Theory]
    [InlineData("none [integrity] confidentiality\n", "integrity")]
    [InlineData("[none] integrity confidentiality", "none")]
    [InlineData("single", "single")]
    [InlineData("", null)]
    [InlineData("two words", null)]
    [InlineData("[]", null)]
    public void The_word_in_brackets_is_the_chosen_one(string text, string? expected)
    {
        Reading<string> lockdown = Read(new TreeEvidence { ["/sys/kernel/security/lockdown"] = text }).Lockdown;
        Assert.Equal(expected, lockdown.Or(null));
        Assert.Equal(expected is null ? Outcome.Failed : Outcome.Found, lockdown.Outcome);
    }

    private static KernelInfo Read(TreeEvidence tree) => KernelReader.Read(tree, KernelLogReader.Read(tree));
}
