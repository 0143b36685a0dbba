using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks.Modules;

/// <summary>MOD-006: did vfio-pci come before the native driver?</summary>
internal sealed class Mod006EarlyBinding : Check
{
    public override string Id => "MOD-006";
    public override string Title => "vfio-pci comes before the native driver";
    public override Section Section => Section.Modules;
    public override Severity Severity => Severity.High;

    public override string Explanation =>
        "A device that is meant for vfio-pci by ids= goes to whoever loads first. The native driver of a GPU or NVMe drive is often in the initramfs, and vfio-pci is there only if its tool was told so. " +
        "A softdep line in modprobe.d makes modprobe load vfio-pci first. The initramfs itself is an archive and is not unpacked here: lsinitramfs, lsinitrd or lsinitcpio lists it.";

    public override string Criteria =>
        "Pass: every function meant for vfio-pci by ids= is on a VFIO driver, or functions are on one without ids=. Warn: one is on another driver. Note: none is meant so, or one has no driver. Unknown: functions, drivers or the module configuration were not seen.";

    public override IReadOnlyList<string> References => ["modprobe.d(5) (softdep)", "dracut.conf(5) (force_drivers)", "initramfs-tools(7) (/etc/initramfs-tools/modules)", "mkinitcpio.conf(5)", "dracutdevs/dracut #2121", "anatol/booster #20"];

    public override IReadOnlyList<Remedy> Remedies =>
    [
        new("Debian and Ubuntu: write vfio-pci into /etc/initramfs-tools/modules; dracut: force_drivers+=\" vfio-pci \" in /etc/dracut.conf.d/vfio.conf; mkinitcpio: vfio_pci first in MODULES. "
            + "Add \"softdep NATIVE pre: vfio-pci\" to a file in /etc/modprobe.d, regenerate the initramfs and reboot."),
    ];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        IReadOnlyList<VfioId> ids = Candidates.VfioIds(model.Kernel);
        PciDevice[] endpoints = [.. model.Pci.All.Where(device => !device.IsPciBridge)];
        PciDevice[] meant = [.. endpoints.Where(device => ids.Any(id => id.Matches(device)))];
        PciDevice[] elsewhere = [.. meant.Where(device => !device.IsOnVfioDriver && device.Driver.IsKnown)];
        if (elsewhere.Length > 0)
        {
            yield return Make(Verdict.Warn, "host", $"{Quote.List(elsewhere.Select(Functions.WithDriver))} {(elsewhere.Length == 1 ? "is" : "are")} meant for vfio-pci by ids=, and another driver was first. {Told(model, elsewhere)}",
                [.. elsewhere.Take(4).Select(device => PlatformEvidence.Cite(device.Driver)), .. Askers(model).Take(4)], Remedies);
            yield break;
        }

        Reading<string>? hole = !model.Pci.Devices.IsKnown ? model.Pci.Devices.As()
            : !model.Kernel.CommandLine.IsKnown ? model.Kernel.CommandLine.As()
            : model.Kernel.UnreadModuleConfiguration is not { } unread ? Reading.Missing<string>(Outcome.NotRecorded, "/etc/modprobe.d")
            : unread.Count > 0 ? unread[0]
            : ids.Count > 0 && endpoints.FirstOrDefault(device => !device.VendorId.IsKnown || !device.DeviceId.IsKnown) is { } nameless ? (nameless.VendorId.IsKnown ? nameless.DeviceId : nameless.VendorId).As()
            : meant.FirstOrDefault(device => !device.IsOnVfioDriver && !device.Driver.IsAbsent) is { } driverless ? driverless.Driver : null;
        if (hole is { } missing)
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, "Whether vfio-pci comes first", missing), [PlatformEvidence.Cite(missing)]);
        }
        else if (meant.Length == 0 && endpoints.Where(device => device.IsOnVfioDriver).ToArray() is { Length: > 0 } served)
        {
            yield return Make(Verdict.Pass, "host", $"{Quote.List(served.Select(device => device.Address.ToString()))} {(served.Length == 1 ? "is" : "are")} on a VFIO driver, bound by hand, by an override or by libvirt: no ids= that were read name {(served.Length == 1 ? "it" : "them")}.",
                [.. served.Take(4).Select(device => PlatformEvidence.Cite(device.Driver))]);
        }
        else if (meant.Length == 0)
        {
            yield return Make(Verdict.Note, "host", ids.Count == 0 ? "No ids= give functions to vfio-pci at boot; what is bound by hand or by libvirt needs no early binding." : "No function of this machine has one of the ids given to vfio-pci.", [.. Askers(model).Take(4)]);
        }
        else if (meant.FirstOrDefault(device => !device.IsOnVfioDriver) is { } waiting)
        {
            yield return Make(Verdict.Note, "host", $"{waiting.Address} is meant for vfio-pci by ids= and has no driver: vfio-pci was not loaded, or let it go.", [PlatformEvidence.Cite(waiting.Driver)]);
        }
        else
        {
            yield return Make(Verdict.Pass, "host", $"Every function meant for vfio-pci by ids= is on a VFIO driver: {Quote.List(meant.Select(device => device.Address.ToString()))}.", [.. meant.Take(8).Select(device => PlatformEvidence.Cite(device.Driver))]);
        }
    }

    private static string Told(HostModel model, PciDevice[] elsewhere)
    {
        bool asked = model.Kernel.Initramfs.Any(file => file.Lines.Or([])!.Any(IsAboutVfio));
        string[] without = [.. elsewhere.Select(device => device.Driver.Value!.Replace('-', '_')).Distinct()
            .Where(driver => !ModprobeLine.All(model.Kernel).Any(line => line.Command == "softdep" && line.Module == driver && line.Text.Contains("vfio", StringComparison.Ordinal)))];
        return (asked ? "The configuration of the initramfs speaks of VFIO; whether the image was made anew since cannot be seen without unpacking it."
                : "No configuration of the initramfs that was read speaks of VFIO; what the image holds cannot be seen without unpacking it.")
            + (without.Length > 0 ? $" No softdep line that was read puts vfio-pci before {string.Join(", ", without)}." : "");
    }

    private static IEnumerable<Citation> Askers(HostModel model) => model.Kernel.Initramfs.SelectMany(file => file.Lines.Or([])!
        .Select((text, index) => (text, index)).Where(item => IsAboutVfio(item.text)).Select(item => new Citation(file.Path, item.index + 1, Reading.Shorten(item.text))));

    private static bool IsAboutVfio(string line) => line.Contains("vfio", StringComparison.Ordinal) && !line.TrimStart().StartsWith('#');
}
