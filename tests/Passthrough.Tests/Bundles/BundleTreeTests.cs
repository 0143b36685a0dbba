using System.Text;
using Passthrough.Host.Bundles;
using Xunit;

namespace Passthrough.Tests.Bundles;

public class BundleTreeTests
{
    [Theory]
    [InlineData("/sys/bus/pci/devices/0000:01:00.0/vendor", "root/sys/bus/pci/devices/0000:01:00.0/vendor")]
    [InlineData("/etc/a b%", "root/etc/a%20b%25")]
    [InlineData("/etc/é", "root/etc/%C3%A9")]
    [InlineData("/etc/../x", null)]
    [InlineData("relative", null)]
    [InlineData("/", null)]
    public void A_path_has_one_safe_name(string path, string? expected) => Assert.Equal(expected, BundleTree.MemberName(path));

    [Theory]
    [InlineData("root/sys/a/link", "../b", true)]
    [InlineData("root/sys/a/link", "../../b/c", true)]
    [InlineData("root/sys/a/link", "../../../b", false)]
    [InlineData("root/link", "..", false)]
    [InlineData("root/sys/a/link", "b/../../../../x", false)]
    [InlineData("root/sys/a/link", "b/../c", false)]
    [InlineData("root/sys/a/link", "/etc/passwd", false)]
    [InlineData("root/sys/a/link", "", false)]
    [InlineData("root/sys/a/link", "socket:[1] x", false)]
    public void Only_links_that_stay_inside_are_written(string name, string target, bool isWritten) =>
        Assert.Equal(isWritten ? target : null, BundleTree.StaysInside(name, Encoding.UTF8.GetBytes(target)));
}
