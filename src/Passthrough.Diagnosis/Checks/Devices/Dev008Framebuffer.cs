using System.Globalization;
using Passthrough.Host.Evidence;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Host.Usage;

namespace Passthrough.Diagnosis.Checks;

/// <summary>DEV-008: firmware's framebuffer does not hold the candidate's memory.</summary>
internal sealed class Dev008Framebuffer : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "DEV-008";

    /// <inheritdoc />
    public override string Title => "No boot framebuffer holds the device's memory";

    /// <inheritdoc />
    public override Section Section => Section.Devices;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "Firmware draws into the memory of one graphics device, and the kernel keeps that range for a simple framebuffer until a real driver takes over. vfio-pci takes over nothing: it then says \"BAR n: can't reserve\", and the guest does not start. "
        + "Folklore such as video=efifb:off or initcall_blacklist=sysfb_init no longer frees it on every kernel; what counts is whether /proc/iomem shows the range.";

    /// <inheritdoc />
    public override string Criteria =>
        "Fail when a framebuffer range lies in a BAR of a graphics device on a VFIO driver; warn when it has another driver or none. "
        + "Note when it is the boot display and no range is held. Pass otherwise. Not applicable to what is no display. Unknown without root, when addresses show as zero.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: drivers/firmware/sysfb.c", "Linux: kernel/resource.c (/proc/iomem)", "Linux: drivers/vfio/pci/vfio_pci_core.c"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Let another graphics device be the primary one in the firmware setup, or unbind the framebuffer before the guest starts: its platform device is named in /sys/bus/platform/drivers (simple-framebuffer, efi-framebuffer).")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        if (device.Class is not { } code)
        {
            yield return Make(Verdict.Unknown, subject, $"Whether {subject} is a display is not known: {Quote.Unseen(device.ClassCode)}", [Quote.Of(device.ClassCode)]);
            yield break;
        }

        if (code >> 8 != 0x03)
        {
            yield return Make(Verdict.NotApplicable, subject, $"{subject} is no display.", [Quote.Of(device.ClassCode)]);
            yield break;
        }

        Reading<IReadOnlyList<MemoryRange>> ranges = model.Framebuffers;
        LogEvent? refused = model.Log.Content.IsKnown
            ? model.Log.Content.Value!.Of(LogEventKind.BarProblem).LastOrDefault(line => line.Device == device.Address && line.Text.Contains("can't reserve", StringComparison.Ordinal))
            : null;
        MemoryRange? held = ranges.Or([])!.FirstOrDefault(range => device.Bars.Or([])!.Any(bar => bar.Kind != PciBarKind.Io && bar.Start != 0
            && range.Start >= bar.Start && range.Start - bar.Start < bar.SizeBytes));
        if (held is not null)
        {
            Citation place = new(ranges.Source, held.Line, string.Create(CultureInfo.InvariantCulture, $"{held.Start:x}-{held.End:x} : {held.Name}"));
            if (!device.Driver.IsKnown && !device.Driver.IsAbsent)
            {
                yield return Make(Verdict.Unknown, subject, $"{held.Name} lies in a BAR of {subject}; what that means depends on its driver, which is not known. {Quote.HowToKnow(device.Driver)}", [place, Quote.Of(device.Driver)]);
                yield break;
            }

            yield return Make(device.IsOnVfioDriver ? Verdict.Fail : Verdict.Warn, subject, $"The firmware's framebuffer ({held.Name}) holds memory of {subject}: vfio-pci cannot reserve that BAR"
                + $"{(device.IsOnVfioDriver ? "" : " once it has the device")}.", [place, Quote.Of(device.Driver)], Remedies);
        }
        else if (!ranges.IsKnown || !device.Bars.IsKnown)
        {
            yield return Make(Verdict.Unknown, subject, $"Whether a boot framebuffer holds memory of {subject} is not known: {(ranges.IsKnown ? Quote.Unseen(device.Bars) : Quote.Unseen(ranges))}",
                [Quote.Of(ranges) with { Excerpt = ranges.IsKnown ? null : Quote.Of(ranges).Excerpt }]);
        }
        else if (!device.BootVga.IsKnown && !device.BootVga.IsAbsent)
        {
            yield return Make(Verdict.Unknown, subject, $"Whether {subject} is the boot display is not known: {Quote.Unseen(device.BootVga)}", [Quote.Of(device.BootVga)]);
        }
        else
        {
            Citation[] evidence = [new(ranges.Source, null, "(no framebuffer range in its BARs)"), Quote.Of(device.BootVga), .. refused is null ? Array.Empty<Citation>() : [Quote.Of(model.Log, refused)]];
            string history = refused is null ? "" : " Earlier in this boot a BAR of it could not be reserved.";
            yield return device.BootVga.Or(false)
                ? Make(Verdict.Note, subject, $"{subject} is the boot display, and no framebuffer range lies in its BARs now.{history}", evidence)
                : Make(Verdict.Pass, subject, $"No framebuffer range lies in the BARs of {subject}, and it is not the boot display.{history}", evidence);
        }
    }
}
