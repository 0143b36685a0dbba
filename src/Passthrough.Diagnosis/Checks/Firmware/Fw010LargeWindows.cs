using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks.Firmware;

/// <summary>FW-010: did firmware give PCI a window above 4 GiB?</summary>
internal sealed class Fw010LargeWindows : Check
{
    private const ulong FourGiB = 1UL << 32;

    private static readonly Remedy _enable = new("Switch \"Above 4G Decoding\" on in firmware setup (servers: a larger MMIOH size), and boot by UEFI with CSM off. pci=realloc helps only where the host bridge has the room.");

    public override string Id => "FW-010";
    public override string Title => "PCI has a window above 4 GiB";
    public override Section Section => Section.Firmware;
    public override Severity Severity => Severity.High;

    public override string Explanation =>
        "GPUs and accelerators have BARs of gigabytes, and virtual functions need one set of BARs each. They fit only where firmware gave the host bridge a memory window above 4 GiB, which many " +
        "boards do only with \"Above 4G Decoding\". Without it BARs stay unassigned. Small machines and guests without large BARs need none.";

    public override string Criteria =>
        "Pass: a window or a BAR lies above 4 GiB. Warn: none does, and a large 64-bit BAR has no address. Note: none does, and no large BAR waits for it. " +
        "Unknown: /proc/iomem was not read or shows zeros (as without root), and nothing else tells.";

    public override IReadOnlyList<string> References => ["Documentation/ABI/testing/sysfs-bus-pci (resource)", "kernel/resource.c (r_show)", "drivers/acpi/pci_root.c"];

    public override IReadOnlyList<Remedy> Remedies => [_enable];

    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        IoWindow? window = model.PciWindows.Or([])!.FirstOrDefault(item => item.End >= FourGiB);
        (PciDevice Device, PciBar Bar)? placed = model.Pci.All.Where(device => device.Bars.IsKnown)
            .SelectMany(device => device.Bars.Value!.Select(bar => ((PciDevice Device, PciBar Bar)?)(device, bar))).FirstOrDefault(item => item!.Value.Bar.Start >= FourGiB);
        (ulong Start, ulong End)[] logged = model.Log.Content.IsKnown ? [.. model.Log.Content.Value!.RootWindows.Where(item => item.End >= FourGiB)] : [];
        if (window is not null || placed is not null || logged.Length > 0)
        {
            yield return Make(Verdict.Pass, "host", "PCI has room above 4 GiB.",
                [window is not null ? PlatformEvidence.Cite(model.PciWindows, $"{window.Start:x}-{window.End:x} : {window.Name}")
                    : placed is { } item ? PlatformEvidence.Cite(item.Device.Bars, $"BAR {item.Bar.Index} at 0x{item.Bar.Start:x}")
                    : PlatformEvidence.Cite(model.Log.Content, $"root bus resource [mem 0x{logged[0].Start:x}-0x{logged[0].End:x}]")]);
        }
        else if (!model.PciWindows.IsKnown || model.PciWindows.Value!.Count == 0)
        {
            yield return Make(Verdict.Unknown, "host", model.PciWindows.IsKnown
                ? "/proc/iomem names no window of PCI, and nothing else tells whether there is one above 4 GiB. Look for \"root bus resource\" in the kernel log to know."
                : PlatformEvidence.NotSeen(model, "The windows of the host bridges", model.PciWindows), [PlatformEvidence.Cite(model.PciWindows.As())]);
        }
        else if (model.Pci.All.FirstOrDefault(device => !device.Bars.IsKnown) is { } unseen)
        {
            yield return Make(Verdict.Unknown, "host", PlatformEvidence.NotSeen(model, $"No window lies above 4 GiB; whether a large BAR of {unseen.Address} waits for one", unseen.Bars), [PlatformEvidence.Cite(unseen.Bars.As())]);
        }
        else
        {
            PciDevice[] waiting = [.. model.Pci.All.Where(device => device.Bars.Value!.Any(bar => bar.Kind == PciBarKind.Memory64 && bar.Start == 0 && bar.SizeBytes >= 64UL << 20))];
            yield return waiting.Length > 0
                ? Make(Verdict.Warn, "host", $"No window of PCI lies above 4 GiB, and a large BAR of {Quote.List(waiting.Select(device => device.Address.ToString()))} has no address.",
                    [Windows(model), .. waiting.Take(4).Select(device => PlatformEvidence.Cite(device.Bars, "a 64-bit BAR at 0"))], _enable)
                : Make(Verdict.Note, "host", "No window of PCI lies above 4 GiB. No large BAR of this machine waits for one; a card with gigabytes of BAR would.", [Windows(model)]);
        }
    }

    private static Citation Windows(HostModel model) => PlatformEvidence.Cite(model.PciWindows,
        string.Join("; ", model.PciWindows.Value!.Take(4).Select(item => FormattableString.Invariant($"{item.Start:x}-{item.End:x} : {item.Name}"))));
}
