using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>FW-014: which firmware is this?</summary>
internal sealed class Fw014BiosVersion : Check
{
    public override string Id => "FW-014";
    public override string Title => "Firmware version and date";
    public override Section Section => Section.Firmware;
    public override Severity Severity => Severity.Low;

    public override string Explanation =>
        "Groups, reserved memory and windows are what firmware makes of them, and change with its version. A report is of use to others only with the version in it. Serial numbers and UUIDs are never asked.";

    public override string Criteria => "Note: the version is known. NotApplicable: a virtual machine without DMI. Unknown: it was not seen.";

    public override IReadOnlyList<string> References => ["Documentation/ABI/testing/sysfs-firmware-dmi-entries", "drivers/firmware/dmi-id.c"];

    public override IReadOnlyList<Remedy> Remedies => [new("Compare the version with the newest that the board's vendor offers before you report a fault of groups or tables.")];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<string> version = model.Dmi.BiosVersion;
        if (version.IsKnown)
        {
            string date = model.Dmi.BiosDate.IsKnown ? $" of {model.Dmi.BiosDate.Value}" : "";
            string vendor = model.Dmi.BiosVendor.IsKnown ? model.Dmi.BiosVendor.Value + " " : "";
            yield return Make(Verdict.Note, "host", $"The firmware is {vendor}{version.Value}{date}.", [PlatformEvidence.Cite(version), PlatformEvidence.Cite(model.Dmi.BiosDate)]);
        }
        else if (version.IsAbsent && IommuFacts.AbsenceIsFact(model) && model.IsVirtualMachine == true)
        {
            yield return Make(Verdict.NotApplicable, "host", "This virtual machine has no DMI.", [PlatformEvidence.Cite(version)]);
        }
        else
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "The firmware's version", version), [PlatformEvidence.Cite(version)]);
        }
    }
}
