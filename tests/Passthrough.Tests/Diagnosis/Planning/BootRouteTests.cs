using Passthrough.Diagnosis.Planning;
using Passthrough.Host.Boot;
using Passthrough.Host.Kernel;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Planning;

public class BootRouteTests
{
    private static readonly CommandLineChange _change = new(["intel_iommu=on"], ["iommu=off"]);

    [Fact]
    public void GRUB_of_Debian_is_edited_and_made_anew() => Assert.Equal(
        ["edit GrubDefaults /etc/default/grub", "run grub-mkconfig -o /boot/grub/grub.cfg"],
        Route(Line(StagedKind.GrubDefaults, "/etc/default/grub", "quiet"), Line(StagedKind.GrubEntry, "/boot/grub/grub.cfg", "quiet")));

    [Fact]
    public void What_is_to_go_is_edited_where_it_stands() => Assert.Equal(
        ["edit GrubDefaults /etc/default/grub.d/a.cfg", "edit GrubDefaults /etc/default/grub", "run grub2-mkconfig -o /boot/grub2/grub.cfg"],
        Route(new StagedLine
        {
            Kind = StagedKind.GrubDefaults,
            Path = "/etc/default/grub",
            Tokens = [Token("iommu=off", "/etc/default/grub.d/a.cfg"), Token("quiet", "/etc/default/grub")],
        }, Line(StagedKind.GrubEntry, "/boot/grub2/grub.cfg", "quiet")));

    [Fact]
    public void GRUB_with_entries_of_the_specification_is_grubbys() => Assert.Equal(
        ["run grubby --update-kernel=ALL --remove-args=iommu=off --args=intel_iommu=on", "undo grubby --update-kernel=ALL --remove-args=intel_iommu=on --args=iommu=off"],
        Route(Line(StagedKind.GrubDefaults, "/etc/default/grub", "quiet"), Line(StagedKind.LoaderEntry, "/boot/loader/entries/a.conf", "quiet")));

    [Fact]
    public void Systemd_boot_keeps_its_entries_and_the_kernels_file_in_step() => Assert.Equal(
        ["edit KernelCommandLine /etc/kernel/cmdline", "edit LoaderEntry /boot/loader/entries/a.conf"],
        Route(Line(StagedKind.KernelInstall, "/etc/kernel/cmdline", "quiet"), Line(StagedKind.LoaderEntry, "/boot/loader/entries/a.conf", "quiet")));

    [Fact]
    public void Proxmox_copies_what_its_tool_is_told() => Assert.Equal(
        ["edit KernelCommandLine /etc/kernel/cmdline", "run proxmox-boot-tool refresh"],
        Route(Boot(Line(StagedKind.KernelInstall, "/etc/kernel/cmdline", "quiet")) with { UsesProxmoxBootTool = true }));

    [Fact]
    public void Ostree_owns_its_entries() => Assert.Equal(
        ["run rpm-ostree kargs --delete-if-present=iommu=off --append-if-missing=intel_iommu=on", "undo rpm-ostree kargs --delete-if-present=intel_iommu=on --append-if-missing=iommu=off"],
        Route(Line(StagedKind.LoaderEntry, "/boot/loader/entries/ostree-1.conf", "quiet") with { Kernel = "/ostree/fedora-1/vmlinuz" }));

    [Fact]
    public void Kernelstub_owns_its_file() => Assert.Equal(
        ["run kernelstub --delete-options iommu=off --add-options intel_iommu=on", "undo kernelstub --delete-options intel_iommu=on --add-options iommu=off"],
        Route(Line(StagedKind.Kernelstub, "/etc/kernelstub/configuration", "quiet")));

    [Fact]
    public void Without_a_boot_loader_there_is_no_way_and_a_reason()
    {
        Assert.Null(BootRoute.Of(null, _change, out string why));
        Assert.NotEmpty(why);
        Assert.Null(BootRoute.Of(Boot(), _change, out why));
        Assert.NotEmpty(why);
    }

    private static IEnumerable<string> Route(params StagedLine[] lines) => Route(Boot(lines));

    private static IEnumerable<string> Route(BootInfo boot) => BootRoute.Of(boot, _change, out _)!.SelectMany(action => action switch
    {
        PlanAction.EditCommandLine edit => (string[])[$"edit {edit.Kind} {edit.Path}"],
        PlanAction.RunTool tool => ["run " + string.Join(' ', tool.Words), .. tool.UndoWords is { } undo ? (string[])["undo " + string.Join(' ', undo)] : []],
        _ => ["?"],
    });

    private static BootInfo Boot(params StagedLine[] lines) => new() { LoaderInfo = Models.Absent<string>(), Lines = lines, Unread = [] };

    private static StagedLine Line(StagedKind kind, string path, string token) => new() { Kind = kind, Path = path, Tokens = [Token(token, path)] };

    private static StagedToken Token(string text, string path) => new(CommandLineParser.Parse(text).Tokens[0], path, 1);
}
