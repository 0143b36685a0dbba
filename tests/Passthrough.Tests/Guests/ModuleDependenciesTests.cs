using CsCheck;
using Passthrough.Guests.Boot;
using Xunit;

namespace Passthrough.Tests.Guests;

public class ModuleDependenciesTests
{
    private const string Text =
        """
        kernel/fs/9p/9p.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/fs/netfs/netfs.ko.xz
        kernel/net/9p/9pnet.ko.xz: kernel/fs/netfs/netfs.ko.xz
        kernel/net/9p/9pnet_virtio.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/fs/netfs/netfs.ko.xz
        kernel/fs/netfs/netfs.ko.xz:
        kernel/fs/overlayfs/overlay.ko:
        kernel/drivers/vfio/pci/vfio-pci.ko.zst: kernel/drivers/vfio/vfio.ko.zst
        kernel/drivers/vfio/vfio.ko.zst:

        """;

    [Fact]
    public void Empty_text_names_no_module()
    {
        ModuleDependencies modules = ModuleDependencies.Parse("");

        Assert.Equal(0, modules.Count);
        Assert.Empty(modules.InLoadOrder(["9p"], out IReadOnlyList<string> unknown));
        Assert.Equal(["9p"], unknown);
    }

    [Fact]
    public void Malformed_lines_are_left_out()
    {
        ModuleDependencies modules = ModuleDependencies.Parse("no colon\n: nameless\n\0\n kernel/a.ko : \n");

        Assert.Equal(1, modules.Count);
        Assert.Equal(["kernel/a.ko"], modules.InLoadOrder(["a"], out _));
    }

    [Fact]
    public void Every_module_comes_after_what_it_needs_and_once()
    {
        IReadOnlyList<string> order = ModuleDependencies.Parse(Text).InLoadOrder(["9p", "9pnet_virtio", "overlay"], out var unknown);

        Assert.Empty(unknown);
        Assert.Equal(
            [
                "kernel/fs/netfs/netfs.ko.xz", "kernel/net/9p/9pnet.ko.xz", "kernel/fs/9p/9p.ko.xz",
                "kernel/net/9p/9pnet_virtio.ko.xz", "kernel/fs/overlayfs/overlay.ko",
            ],
            order);
    }

    [Fact]
    public void A_dash_and_an_underscore_name_the_same_module()
    {
        ModuleDependencies modules = ModuleDependencies.Parse(Text);

        Assert.Equal(modules.InLoadOrder(["vfio-pci"], out _), modules.InLoadOrder(["vfio_pci"], out _));
        Assert.Equal("vfio_pci", ModuleDependencies.NameOf("kernel/drivers/vfio/pci/vfio-pci.ko.zst"));
    }

    [Fact]
    public void A_module_that_is_built_in_is_reported_and_not_loaded()
    {
        IReadOnlyList<string> order = ModuleDependencies.Parse(Text).InLoadOrder(["virtio_pci", "overlay"], out var unknown);

        Assert.Equal(["virtio_pci"], unknown);
        Assert.Equal(["kernel/fs/overlayfs/overlay.ko"], order);
    }

    [Fact]
    public void A_circle_ends()
    {
        IReadOnlyList<string> order = ModuleDependencies.Parse("a.ko: b.ko\nb.ko: a.ko\n").InLoadOrder(["a"], out _);

        Assert.Equal(["b.ko", "a.ko"], order);
    }

    [Fact]
    public void A_very_long_chain_does_not_exhaust_the_stack()
    {
        string text = string.Concat(Enumerable.Range(0, 100_000).Select(n => $"m{n}.ko: m{n + 1}.ko\n")) + "m100000.ko:\n";

        IReadOnlyList<string> order = ModuleDependencies.Parse(text).InLoadOrder(["m0"], out _);

        Assert.Equal(100_001, order.Count);
        Assert.Equal("m100000.ko", order[0]);
    }

    [Fact]
    public void Any_text_can_be_read()
    {
        Gen.String.Sample(text =>
        {
            ModuleDependencies modules = ModuleDependencies.Parse(text);
            return modules.InLoadOrder([text], out _).Count <= modules.Count;
        });
    }
}
