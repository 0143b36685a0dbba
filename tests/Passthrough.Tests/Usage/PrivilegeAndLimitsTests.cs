using CsCheck;
using Passthrough.Host.Evidence;
using Passthrough.Host.Usage;
using Passthrough.Tests.Evidence;
using Xunit;

namespace Passthrough.Tests.Usage;

public class PrivilegeAndLimitsTests
{
    [Fact]
    public void Root_on_the_host_is_seen()
    {
        Privilege privilege = PrivilegeReader.Read(new ScriptedEvidence()
            .File("/proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\n")
            .File("/proc/self/uid_map", "         0          0 4294967295\n")
            .File("/proc/1/cgroup", "0::/init.scope\n")
            .Query(Queries.User, "euid=0\n"));
        Assert.True(privilege.HasSysAdmin);
        Assert.Equal(0, privilege.EffectiveUser.Value);
        Assert.True(privilege.InitialUserNamespace.Value);
        Assert.Empty(privilege.ContainerSigns.Value!);
    }

    [Fact]
    public void Root_of_a_container_is_not_the_initial_namespace()
    {
        Privilege privilege = PrivilegeReader.Read(new ScriptedEvidence()
            .File("/proc/self/uid_map", "0 100000 65536\n")
            .File("/run/.containerenv", "")
            .File("/proc/1/cgroup", "12:cpuset:/kubepods/burstable/pod1\n"));
        Assert.False(privilege.InitialUserNamespace.Value);
        Assert.True(privilege.InitialUserNamespace.IsKnown);
        Assert.Equal(["/run/.containerenv", "/proc/1/cgroup names kubepods"], privilege.ContainerSigns.Value!);
    }

    [Fact]
    public void Nothing_readable_is_unknown()
    {
        Privilege privilege = PrivilegeReader.Read(new ScriptedEvidence { Otherwise = Answer.NotRecorded });
        Assert.Null(privilege.HasSysAdmin);
        Assert.False(privilege.ContainerSigns.IsKnown);
        MemoryLockLimits limits = LimitsReader.Read(new ScriptedEvidence { Otherwise = Answer.NotRecorded });
        Assert.False(limits.SoftBytes.IsKnown);
        Assert.False(limits.QemuProcesses.IsKnown);
        Assert.Equal(Outcome.NotRecorded, limits.Configuration[0].Lines.Outcome);
    }

    [Fact]
    public void Limits_of_this_process_and_of_a_guest_are_read()
    {
        MemoryLockLimits limits = LimitsReader.Read(new ScriptedEvidence()
            .Query(Queries.MemoryLock, "soft=65536\nhard=unlimited\n")
            .Folder("/dev/vfio", "12", "vfio").Query(Queries.VfioHolders, "pid=42 node=/dev/vfio/12 guest=a\nunseen=0\n")
            .File("/proc/42/limits", "Limit                     Soft Limit           Hard Limit           Units\n"
                + "Max locked memory         17179869184          17179869184          bytes\n")
            .Folder("/etc/security/limits.d", "10-kvm.conf", "20-nofile.conf", "old.bak")
            .File("/etc/security/limits.d/10-kvm.conf", "@kvm - memlock unlimited\n").File("/etc/security/limits.d/20-nofile.conf", "* - nofile 1\n"));
        Assert.Equal(65536, limits.SoftBytes.Value);
        Assert.Equal(long.MaxValue, limits.HardBytes.Value);
        Assert.Equal([(42, 17179869184)], limits.QemuProcesses.Value!);
        Assert.Equal(["/etc/security/limits.conf", "/etc/security/limits.d/10-kvm.conf"], limits.Configuration.Select(file => file.Path));
    }

    [Fact]
    public void Nodes_and_modes_are_read()
    {
        VfioState vfio = VfioReader.Read(new ScriptedEvidence()
            .Folder("/dev/vfio", "12", "devices", "noiommu-3", "vfio")
            .Query("stat:/dev/vfio/vfio", "mode=666\nuid=0\ngid=0\ntype=char\n").Query("stat:/dev/vfio/12", "mode=600\n")
            .Query(Queries.VfioContainer, "api=0\ntype1v2=1\n"));
        Assert.Equal(0x1b6, vfio.ContainerMode.Value);
        Assert.True(vfio.ContainerType1.Value);
        Assert.Equal(["12", "noiommu-3"], vfio.GroupNodeModes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(0x180, vfio.GroupNodeModes["12"].Value);
        Assert.True(vfio.IommufdMode.IsAbsent);
        Assert.Equal(12, VfioReader.ReadKvm(new ScriptedEvidence().Query(Queries.Kvm, "api=12\n")).ApiVersion.Value);
        Assert.Equal(Outcome.Failed, VfioReader.ReadKvm(new ScriptedEvidence().Query(Queries.Kvm, "api=x\n")).ApiVersion.Outcome);
    }

    [Fact]
    public void No_text_makes_a_parser_throw() => Gen.String.Sample(text =>
    {
        _ = PrivilegeReader.ParseUidMap(text, out _);
        _ = PrivilegeReader.ParseEffectiveCapabilities(text, out _);
        _ = LimitsReader.ParseLimits(text, out _);
        _ = HolderReader.Parse(text);
        _ = MountTable.ParseMountInfo(text);
        _ = MountTable.ParseMounts(text);
        _ = MountTable.ParseSwaps(text);
        _ = RouteTable.ParseIpv4(text);
        _ = RouteTable.ParseIpv6(text);
        _ = QueryContent.Octal(text, out _);
        _ = SysfsTarget.Function(text);
    });

    [Theory]
    [InlineData("")]
    [InlineData("0 0")]
    [InlineData("a b c")]
    public void A_malformed_uid_map_is_not_parsed(string text) => Assert.False(PrivilegeReader.ParseUidMap(text, out _));
}
