using Passthrough.Host.Evidence;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks.Environment;

/// <summary>ENV-002: are firmware tables visible, or does a container hide them?</summary>
internal sealed class Env002FirmwareVisible : Check
{
    private static readonly Remedy _runOnHost =
        new("Run ptdiag on the host itself, or record a bundle there as root and judge that.", "ptdiag bundle create");

    public override string Id => "ENV-002";
    public override string Title => "Firmware tables are visible";
    public override Section Section => Section.Environment;
    public override Severity Severity => Severity.Medium;

    public override string Explanation =>
        "Container runtimes hide /sys/firmware. A tool that looks for a DMAR or IVRS table from inside a pod then sees none and wrongly says that the IOMMU is " +
        "off. Every machine with ACPI has a FACP table, so its presence proves that the listing is real and that what is missing from it is missing.";

    public override string Criteria =>
        "Pass: the listing of ACPI tables holds FACP. Note: the same, from inside a container. Warn: a container was recognised, or the listing is there without FACP. " +
        "NotApplicable: a kernel without ACPI, or an Arm machine that shows no tables. Unknown: no listing, and nothing that says why.";

    public override IReadOnlyList<string> References =>
        ["ACPI 6.5, 5.2.9 (FADT, signature FACP)", "Documentation/ABI/testing/sysfs-firmware-acpi"];

    public override IReadOnlyList<Remedy> Remedies => [_runOnHost];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Reading<IReadOnlyList<string>> names = model.Acpi.Names;
        bool? container = PlatformEvidence.InContainer(model);
        string signs = container == true ? string.Join(", ", model.Privilege.ContainerSigns.Value!) : "";
        Citation[] evidence =
        [
            PlatformEvidence.CiteNames(names),
            .. container == true ? [PlatformEvidence.Cite(model.Privilege.ContainerSigns, signs)] : Array.Empty<Citation>(),
        ];

        if (model.Acpi.Has("FACP") == true && container is null)
        {
            yield return Make(Verdict.Unknown, "host", "Firmware tables are visible (FACP is among them); "
                + PlatformEvidence.NotSeen(model, "whether this runs in a container, which may hide more,", model.Privilege.ContainerSigns), evidence);
        }
        else if (model.Acpi.Has("FACP") == true)
        {
            yield return container == true
                ? Make(Verdict.Note, "host", $"Firmware tables are visible although this runs in a container ({signs}); device nodes and modules may still be hidden.", evidence)
                : Make(Verdict.Pass, "host", "Firmware tables are visible (FACP is among them): a table that is not listed is not there.", evidence);
        }
        else if (container == true)
        {
            yield return Make(Verdict.Warn, "host",
                $"This runs in a container ({signs}) that hides the firmware tables: nothing can be said about VT-d or AMD-Vi in firmware.", evidence, _runOnHost);
        }
        else if (names.IsKnown)
        {
            yield return Make(Verdict.Warn, "host",
                "The listing of ACPI tables holds no FACP, which every machine with ACPI has: it is masked or cut, and a missing table proves nothing.", evidence, _runOnHost);
        }
        else if (names.IsAbsent && (model.Kernel.Config.Has("ACPI") == false || model.Cpu.Vendor == "arm"))
        {
            yield return Make(Verdict.NotApplicable, "host", "This machine shows no ACPI tables, as machines described by a device tree do.", evidence);
        }
        else
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "The listing of ACPI tables", names), evidence);
        }
    }
}
