using System.Globalization;
using Passthrough.Host.Evidence;

namespace Passthrough.Diagnosis.Checks.KernelBuild;

/// <summary>KRN-011: what tainted the kernel?</summary>
internal sealed class Krn011Taint : Check
{
    // Documentation/admin-guide/tainted-kernels.rst, by bit.
    private static readonly string[] _bits =
    [
        "P: a proprietary module was loaded", "F: a module was loaded by force", "S: the CPU or kernel is used out of specification", "R: a module was removed by force",
        "M: a machine check was reported", "B: a bad page was met", "U: user space asked for it (VFIO without an IOMMU does)", "D: the kernel oopsed",
        "A: an ACPI table was overridden", "W: the kernel warned", "C: a staging driver was loaded", "I: a defect of the firmware was worked around (or somebody wrote numa_node)",
        "O: an out-of-tree module was loaded", "E: an unsigned module was loaded", "L: a soft lockup occurred", "K: the kernel was live-patched",
        "X: the distribution says so", "T: structures are laid out at random", "N: a test was run", "J: firmware was changed through fwctl",
    ];

    public override string Id => "KRN-011";
    public override string Title => "Kernel taint explained";
    public override Section Section => Section.KernelBuild;
    public override Severity Severity => Severity.Low;

    public override string Explanation =>
        "The kernel remembers what makes its bug reports doubtful. For passthrough three bits matter: user space asked for a taint (VFIO without an IOMMU does), a firmware defect was worked around, " +
        "and out-of-tree modules such as vendor-reset. A taint is a memory, no fault: it stays until reboot.";

    public override string Criteria => "Pass: not tainted. Note: tainted; each bit is explained. Unknown: the file was not read.";

    public override IReadOnlyList<string> References => ["Documentation/admin-guide/tainted-kernels.rst", "drivers/vfio/group.c (TAINT_USER)", "drivers/pci/pci-sysfs.c (numa_node_store)"];

    public override IReadOnlyList<Remedy> Remedies => [new("Find what set the bit in the kernel log; a reboot clears it.")];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        Reading<long> tainted = subjects.Model.Kernel.Tainted;
        if (!tainted.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(subjects.Model, "The kernel's taint", tainted), [PlatformEvidence.Cite(tainted)]);
        }
        else if (tainted.Value == 0)
        {
            yield return Make(Verdict.Pass, "host", "The kernel is not tainted.", [PlatformEvidence.Cite(tainted)]);
        }
        else
        {
            yield return Make(Verdict.Note, "host", $"The kernel is tainted: {string.Join("; ", Words(tainted.Value))}.", [PlatformEvidence.Cite(tainted)]);
        }
    }

    private static IEnumerable<string> Words(long value)
    {
        for (int bit = 0; bit < 63; bit++)
        {
            if ((value & (1L << bit)) != 0)
            {
                yield return bit < _bits.Length ? _bits[bit] : string.Create(CultureInfo.InvariantCulture, $"bit {bit}, which is not known here");
            }
        }
    }
}
