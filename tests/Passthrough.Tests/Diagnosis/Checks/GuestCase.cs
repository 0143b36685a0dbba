using Passthrough.Diagnosis;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Xunit;

namespace Passthrough.Tests.Diagnosis.Checks;

/// <summary>Short ways to give a model guests and to run a check on them.</summary>
internal static class GuestCase
{
    private const string Folder = GuestState.LibvirtFolder;

    /// <summary>The folders of guests were read and are empty.</summary>
    public static GuestState None => new() { Folders = [Models.Known<IReadOnlyList<string>>([], Folder)] };

    /// <summary>A hostdev of type pci.</summary>
    public static string Hostdev(string address, string attributes = "managed='yes'", string inside = "")
    {
        Passthrough.Host.Pci.PciAddress place = DeviceCase.Address(address);
        return FormattableString.Invariant($"<hostdev mode='subsystem' type='pci' {attributes}><source><address domain='0x{place.Domain:x4}' bus='0x{place.Bus:x2}' slot='0x{place.Device:x2}' function='0x{place.Function}'/></source>{inside}</hostdev>");
    }

    /// <summary>A domain of 4 GiB, 4 CPUs and q35; elements beside and inside &lt;devices&gt;.</summary>
    public static string Xml(string devices, string more = "", string name = "win11", string machine = "pc-q35-8.2") =>
        $"<domain type='kvm'><name>{name}</name><memory unit='GiB'>4</memory><vcpu>4</vcpu>{more}<os><type arch='x86_64' machine='{machine}'>hvm</type></os><devices>{devices}</devices></domain>";

    /// <summary>A guest of this definition, which neither runs nor starts with the machine.</summary>
    public static Guest Guest(string xml, string name = "win11") => new()
    {
        Name = name,
        Path = $"{Folder}/{name}.xml",
        Definition = DomainXmlParser.Parse(xml, $"{Folder}/{name}.xml"),
        IsRunning = false,
        IsAutostarted = false,
    };

    /// <summary>With these guests.</summary>
    public static HostModel WithGuests(this HostModel model, params Guest[] guests) => model with
    {
        Guests = None with { All = guests },
    };

    /// <summary>With a guest of this definition.</summary>
    public static HostModel WithGuest(this HostModel model, string xml) => model.WithGuests(Guest(xml));

    /// <summary>With CPUs 0 to count-1 online, none isolated, threads of a core count/2 apart.</summary>
    public static HostModel WithCpus(this HostModel model, int count, string isolated = "") => model with
    {
        Cpu = model.Cpu with
        {
            Online = Models.Known(CpuSet.Of(Enumerable.Range(0, count))),
            Isolated = Models.Known(isolated.Length == 0 ? CpuSet.Empty : DeviceCase.Cpus(isolated), "/sys/devices/system/cpu/isolated"),
            NohzFull = Models.Known(CpuSet.Empty),
            Cpus = [.. Enumerable.Range(0, count).Select(number => new CpuCore(number, Models.Known(0L), Models.Known(number % (count / 2L)),
                Models.Known(CpuSet.Of([number % (count / 2), (number % (count / 2)) + (count / 2)])), Models.None<string>(), Models.None<string>()))],
        },
    };

    /// <summary>With pools of the whole machine.</summary>
    public static HostModel WithPools(this HostModel model, params (long SizeBytes, long Total, long Free, long? Overcommit)[] pools) => model with
    {
        Memory = model.Memory with
        {
            DefaultHugePageBytes = Models.Known(2L << 20),
            HugePages = Models.Known<IReadOnlyList<HugePagePool>>([.. pools.Select(pool => new HugePagePool(pool.SizeBytes, Models.Known(pool.Total), Models.Known(pool.Free), Models.Known(0L))
            {
                Overcommit = pool.Overcommit is { } more ? Models.Known(more) : Models.None<long>(),
            })], "/sys/kernel/mm/hugepages"),
        },
    };

    /// <summary>The finding about guest win11.</summary>
    public static Finding One(Check check, HostModel model) => Assert.Single(DeviceCase.Run(check, model), finding => finding.Subject == "domain:win11");

    /// <summary>The verdict about guest win11.</summary>
    public static Verdict Of(Check check, HostModel model) => One(check, model).Verdict;

    /// <summary>A guest whose file was refused.</summary>
    public static Guest Denied(string name) => new()
    {
        Name = name,
        Path = $"{Folder}/{name}.xml",
        Definition = Reading.Missing<GuestDefinition>(Outcome.Denied, $"{Folder}/{name}.xml"),
    };
}
