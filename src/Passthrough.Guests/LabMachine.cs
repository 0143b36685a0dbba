namespace Passthrough.Guests;

/// <summary>Which IOMMU a lab machine has.</summary>
public enum LabIommu
{
    /// <summary>None: the machine has no DMAR and no IVRS table.</summary>
    None,

    /// <summary>Intel VT-d, described by a DMAR table.</summary>
    Intel,

    /// <summary>AMD-Vi, described by an IVRS table.</summary>
    Amd,
}

/// <summary>A QEMU machine of the lab: healthy, or with one planted fault.</summary>
public sealed record LabMachine
{
    /// <summary>Its name on the command line, and the guest's host name.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence: what is right or wrong with it.</summary>
    public required string Summary { get; init; }

    /// <summary>The IOMMU's vendor.</summary>
    public required LabIommu Iommu { get; init; }

    /// <summary>Properties of QEMU's IOMMU device, such as <c>intremap=on</c>; empty for none.</summary>
    public string IommuOptions { get; init; } = "";

    /// <summary>
    /// QEMU's processor model under TCG. Both <c>EPYC</c> and <c>max</c> have SVM, which TCG emulates, so that KVM works in the
    /// guest; make guests there on machines with one processor only: KVM rewrites code of the scheduler when its first guest is made,
    /// and under TCG a second processor that runs that code at this moment can panic ("int3" in __schedule). Under KVM the guest has the host's processor.
    /// </summary>
    public string CpuModel { get; init; } = "max";

    /// <summary>
    /// Processors, spread evenly over the nodes. One unless the machine is about several: emulated processors that wait for each
    /// other cost a busy host several times the work.
    /// </summary>
    public int Cpus { get; init; } = 1;

    /// <summary>Series of its Debian kernel. With 6.12 a machine of several emulated processors can panic when it makes guests.</summary>
    public string KernelSeries { get; init; } = "6.12";

    /// <summary>CPUs of the host that QEMU may use, as taskset(1) takes them; null for all.</summary>
    public string? HostCpus { get; init; }

    /// <summary>The guest's memory is made of the host's huge pages of 2 MiB, which must be free (/dev/hugepages).</summary>
    public bool HasHugePages { get; init; }

    /// <summary>NUMA nodes; 1 leaves the machine without NUMA tables.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>Memory in MiB, spread evenly over the nodes.</summary>
    public int MemoryMebibytes { get; init; } = 2048;

    /// <summary>The devices, in the order they are given to QEMU.</summary>
    public IReadOnlyList<LabDevice> Devices { get; init; } = [];

    /// <summary>What the kernel's command line holds beyond the console and the reaction to a panic.</summary>
    public IReadOnlyList<string> KernelArguments { get; init; } = [];

    /// <summary>The functions with a driver_override of vfio-pci, as <c>dddd:bb:dd.f</c>.</summary>
    public IReadOnlyList<string> Candidates { get; init; } = [];

    /// <summary>Drivers that are loaded for the other devices, such as <c>nvme</c>.</summary>
    public IReadOnlyList<string> HostDrivers { get; init; } = [];

    /// <summary>Paths that must be there before the command starts, for example a disk that its driver finds late.</summary>
    public IReadOnlyList<string> WaitFor { get; init; } = [];

    /// <summary>False: the VFIO modules are neither loaded nor to be found under <c>/lib/modules</c>.</summary>
    public bool HasVfioModules { get; init; } = true;

    /// <summary>The program that the guest runs before its command to plant a fault, as lines of a POSIX shell; empty for a fault of the machine itself.</summary>
    public string Plant { get; init; } = "";

    /// <summary>Takes <see cref="Plant"/> back, so that one boot serves several faults.</summary>
    public string Undo { get; init; } = "";

    /// <summary>Arguments of <c>ptdiag tune apply</c> that mend the fault at once; null where nothing that takes effect at once does.</summary>
    public string? Mend { get; init; }

    /// <summary>Arguments of <c>ptdiag check</c> that show the fault, such as <c>--device 0000:02:00.0</c>.</summary>
    public string CheckArguments { get; init; } = "";

    /// <summary>A program before <c>ptdiag check</c>, such as <c>setpriv</c> for a run with fewer rights; empty for none.</summary>
    public string CheckPrefix { get; init; } = "";

    /// <summary>A DMAR table that takes the place of the machine's own (Documentation/admin-guide/acpi/initrd_table_override.rst), or null.</summary>
    public byte[]? DmarOverride { get; init; }

    /// <summary>No fault is planted and none is expected to be found.</summary>
    public bool IsHealthy => ExpectedCause is null && ExpectedFindings.Count == 0;

    /// <summary>Checks of which at least one must fail or warn about the fault (or note it, where the audit must not judge); empty on a healthy machine.</summary>
    public IReadOnlyList<string> ExpectedFindings { get; init; } = [];

    /// <summary>The weakest verdict that names the fault: fail, warn or note.</summary>
    public string ExpectedVerdict { get; init; } = "warn";

    /// <summary>
    /// The rung that the audit must name as the cause (<c>cause.rung</c> of its JSON, such as <c>commandLine</c>), or null when
    /// the machine must be found ready.
    /// </summary>
    public string? ExpectedCause { get; init; }
}
