using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-010: does <c>vfio-pci.ids=</c> do what it says?</summary>
internal sealed class Cmd010VfioIds : CommandLineCheck
{
    public override string Id => "CMD-010";
    public override string Title => "vfio-pci.ids= is well formed and took effect";
    public override Severity Severity => Severity.Medium;
    protected override string Parameter => "vfio_pci.ids";

    public override string Explanation =>
        "vfio-pci.ids= gives vfio-pci every function of the ids it names, at the moment vfio-pci loads, and only those that no other driver holds by then. If the native driver is in " +
        "the initramfs and vfio-pci is not, the native driver is first and the token seems to do nothing. Entries are vendor:device in hexadecimal; a wrong one is skipped.";

    public override string Criteria =>
        "Warn: an entry is malformed, or a function of these ids is on another driver. Note: no function has one of the ids, or it waits without a driver. " +
        "Pass: every function of these ids is on a VFIO driver. Unknown: the functions or their drivers were not seen. NotApplicable: no token.";

    public override IReadOnlyList<string> References =>
        ["drivers/vfio/pci/vfio_pci.c (vfio_pci_fill_ids)", "Documentation/admin-guide/kernel-parameters.txt (vfio-pci.ids=)"];

    public override IReadOnlyList<Remedy> Remedies =>
    [
        new("Load vfio-pci before the native driver: put it into the initramfs (initramfs-tools, dracut, mkinitcpio) and add \"softdep NATIVE pre: vfio-pci\" to a file in /etc/modprobe.d, "
            + "then regenerate the initramfs and reboot."),
    ];

    protected override IEnumerable<Finding> Examine(HostModel model, KernelCommandLine line)
    {
        // The last token counts alone; CMD-008 speaks of the others.
        if (line.Named(Parameter).LastOrDefault() is not { } token)
        {
            yield return Make(Verdict.NotApplicable, "host", "The command line holds no vfio-pci.ids= token.", [Cite(model, line.Text)]);
            yield break;
        }

        string[] entries = token.Value?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
        string[] wrong = [.. entries.Where(text => !VfioId.TryParse(text.Trim(), "", out _))];
        VfioId[] ids = [.. entries.Select(text => VfioId.TryParse(text.Trim(), "", out VfioId? id) ? id : null).OfType<VfioId>()];
        if (wrong.Length > 0 || ids.Length == 0)
        {
            yield return OfToken(model, Verdict.Warn, token, ids.Length == 0 && wrong.Length == 0
                ? "It names no id, so vfio-pci takes nothing by it."
                : $"Not of the form vendor:device in hexadecimal, so vfio-pci skips it: {string.Join(", ", wrong)}.",
                new Remedy("Write each id as vendor:device, for example 10de:1b80, as \"ptdiag devices\" shows them."));
            yield break;
        }

        if (!model.Pci.Devices.IsKnown)
        {
            yield return OfToken(model, Verdict.Unknown, token, PlatformEvidence.NotSeen(model, "The list of PCI functions", model.Pci.Devices));
            yield break;
        }

        yield return Judge(model, token, ids);
    }

    private Finding Judge(HostModel model, CommandLineToken token, VfioId[] ids)
    {
        PciDevice[] endpoints = [.. model.Pci.All.Where(device => !device.IsPciBridge)];
        PciDevice[] matching = [.. endpoints.Where(device => ids.Any(id => id.Matches(device)))];
        PciDevice[] elsewhere = [.. matching.Where(device => !device.IsOnVfioDriver && device.Driver.IsKnown)];
        PciDevice? unseen = endpoints.FirstOrDefault(device => !device.VendorId.IsKnown || !device.DeviceId.IsKnown)
            ?? matching.FirstOrDefault(device => !device.IsOnVfioDriver && !device.Driver.IsKnown && !device.Driver.IsAbsent);
        if (elsewhere.Length > 0)
        {
            return Make(Verdict.Warn, "token:" + token.Text,
                $"{Quote.List(elsewhere.Select(Functions.WithDriver))} {(elsewhere.Length == 1 ? "has" : "have")} one of these ids and another driver: it was there before vfio-pci, or took the device later.",
                [Cite(model, token.Text), .. elsewhere.Take(8).Select(device => PlatformEvidence.Cite(device.Driver))], Remedies);
        }

        if (unseen is not null)
        {
            Reading<string> missing = !unseen.VendorId.IsKnown ? unseen.VendorId.As() : !unseen.DeviceId.IsKnown ? unseen.DeviceId.As() : unseen.Driver;
            return OfToken(model, Verdict.Unknown, token, PlatformEvidence.NotSeen(model, $"Whether {unseen.Address} is one of these and which driver it has", missing));
        }

        PciDevice[] waiting = [.. matching.Where(device => !device.IsOnVfioDriver)];
        return matching.Length == 0
            ? OfToken(model, Verdict.Note, token, "No function of this machine has one of these ids.")
            : waiting.Length > 0
            ? OfToken(model, Verdict.Note, token, $"{Quote.List(waiting.Select(device => device.Address.ToString()))} has one of these ids and no driver: vfio-pci was not loaded, or let it go.",
                new Remedy("Load vfio-pci now, or at boot through the initramfs.", "modprobe vfio-pci"))
            : OfToken(model, Verdict.Pass, token, $"Every function of these ids is on a VFIO driver: {Quote.List(matching.Select(device => device.Address.ToString()))}.");
    }
}
