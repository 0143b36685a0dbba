using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks.Modules;

/// <summary>MOD-003: does a function that VFIO serves have a character device of its own?</summary>
internal sealed class Mod003Cdev : CandidateCheck
{
    public override string Id => "MOD-003";
    public override string Title => "Character device for iommufd";
    public override Section Section => Section.Modules;
    public override Severity Severity => Severity.Medium;

    public override string Explanation =>
        "Programs that use iommufd open /dev/vfio/devices/vfioN, one node a function, since Linux 6.6 with CONFIG_VFIO_DEVICE_CDEV. The folder vfio-dev in sysfs is older than that and proves " +
        "nothing; the file dev in it does. Programs that use groups (/dev/vfio/N) do not need it.";

    public override string Criteria => "Pass: vfio-dev/vfioN/dev is there. Note: it is not, or no VFIO driver serves the function. Unknown: it was not seen.";

    public override IReadOnlyList<string> References => ["Documentation/driver-api/vfio.rst (VFIO device cdev)", "drivers/vfio/device_cdev.c", "ydb-platform/nbs PR #6067"];

    public override IReadOnlyList<Remedy> Remedies => [new("For iommufd use a kernel of 6.6 or later built with CONFIG_VFIO_DEVICE_CDEV; with groups nothing needs to be done.")];

    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        if (device.HasVfioFolder is { IsKnown: true, Value: false } || (device.HasVfioFolder.IsAbsent && IommuFacts.AbsenceIsFact(model)))
        {
            yield return Make(Verdict.Note, subject, "No driver offers this function through vfio-dev now, so it has no character device of VFIO; programs can use its group where it is on vfio-pci.", [PlatformEvidence.Cite(device.HasVfioFolder)]);
        }
        else if (!device.HasVfioFolder.IsKnown || !model.Vfio.CdevNumbers.TryGetValue(device.Address, out Reading<string> number))
        {
            yield return Make(Verdict.Unknown, subject, PlatformEvidence.NotSeen(model, "Whether VFIO serves it with a character device", device.HasVfioFolder.IsKnown
                ? Reading.Missing<bool>(Outcome.NotRecorded, device.Path + "/vfio-dev") : device.HasVfioFolder), [PlatformEvidence.Cite(device.HasVfioFolder)]);
        }
        else if (number.IsKnown && number.Value!.Contains(':', StringComparison.Ordinal))
        {
            yield return Make(Verdict.Pass, subject, $"It has a character device of VFIO ({number.Value}).", [PlatformEvidence.Cite(number)]);
        }
        else if (number.IsAbsent && IommuFacts.AbsenceIsFact(model))
        {
            yield return Make(Verdict.Note, subject, "The folder vfio-dev is there without a device number: this kernel offers groups only, and iommufd cannot use the function by itself.", [PlatformEvidence.Cite(number)]);
        }
        else
        {
            yield return Make(Verdict.Unknown, subject, PlatformEvidence.NotSeen(model, "The number of its character device", number), [PlatformEvidence.Cite(number)]);
        }
    }
}
