using Passthrough.Host.Kernel;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>DEV-001: the bound driver is the one that was asked for.</summary>
internal sealed class Dev001DriverState : CandidateCheck
{
    /// <inheritdoc />
    public override string Id => "DEV-001";

    /// <inheritdoc />
    public override string Title => "The driver is the intended one";

    /// <inheritdoc />
    public override Section Section => Section.Devices;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "driver_override says which driver may take a function, by the driver's name (vfio-pci, with a hyphen). It does not unbind a driver that was faster at boot, and writing to "
        + "drivers_probe succeeds also when no driver takes the function; only the driver link tells. The text (null) in driver_override means that none is set.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass on a VFIO driver. Fail when driver_override asks for a VFIO driver and another driver or none is bound. Warn when vfio-pci's ids list the function and it is elsewhere. "
        + "Note when nothing asks for VFIO yet. Unknown when the driver was not read.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References =>
        ["Linux: Documentation/ABI/testing/sysfs-bus-pci (driver_override)", "Linux: Documentation/driver-api/vfio.rst"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Set driver_override for the address, unbind the old driver, write the address to drivers_probe and read the driver link; make it last with driverctl or an early modprobe.d softdep.")];

    /// <inheritdoc />
    protected override IEnumerable<Finding> Judge(Subjects subjects, PciDevice device)
    {
        HostModel model = subjects.Model;
        string subject = device.Address.ToString();
        Citation[] evidence = [Quote.Of(device.Driver), Quote.Of(device.DriverOverride)];
        bool wanted = Candidates.WantsVfio(device);
        if (device.IsPciBridge)
        {
            yield return Make(Verdict.Fail, subject, $"{subject} is a bridge or port: vfio-pci takes none, and what stands below it is assigned instead.", evidence,
                new Remedy("Name the function below the bridge."));
        }
        else if (device.IsOnVfioDriver)
        {
            bool other = device.DriverOverride.IsKnown && !wanted;
            yield return Make(other ? Verdict.Warn : Verdict.Pass, subject, $"{subject} is on {device.Driver.Or("a VFIO driver")}."
                + (other ? $" driver_override names {device.DriverOverride.Value}: it will not come back to VFIO at the next probe." : ""), evidence);
        }
        else if (!device.Driver.IsKnown && !device.Driver.IsAbsent)
        {
            yield return Make(Verdict.Unknown, subject, $"The driver of {subject} is not known: {Quote.Unseen(device.Driver)}", evidence);
        }
        else if (wanted)
        {
            yield return Wanted(model, device, evidence);
        }
        else
        {
            yield return NotWanted(model, device, evidence);
        }
    }

    private Finding Wanted(HostModel model, PciDevice device, Citation[] evidence)
    {
        string asked = device.DriverOverride.Value!;
        if (device.Driver.IsKnown)
        {
            return Make(Verdict.Fail, device.Address.ToString(),
                $"{device.Address} is on {device.Driver.Value} although driver_override says {asked}: {device.Driver.Value} was bound before the override was set or took effect.",
                evidence, Functions.BindToVfio(model, device));
        }

        string module = asked.Replace('-', '_');
        string why = model.Kernel.Modules.Presence(module) switch
        {
            ModulePresence.Loadable => $"the {asked} module is not loaded",
            ModulePresence.Missing => $"the {asked} module is neither loaded, built in nor loadable",
            ModulePresence.Loaded or ModulePresence.BuiltIn => $"{asked} is there, so the function was not probed after the override was set, or the probe failed (the kernel log tells)",
            _ => $"whether the {asked} module is loaded is not known",
        };
        Host.Logs.LogEvent? error = model.Log.Content.IsKnown
            ? model.Log.Content.Value!.Events.LastOrDefault(item => item.Device == device.Address
                && item.Kind is Host.Logs.LogEventKind.VfioError or Host.Logs.LogEventKind.Denylisted)
            : null;
        return Make(Verdict.Fail, device.Address.ToString(), $"{device.Address} has no driver although driver_override says {asked}: {why}.",
            error is null ? evidence : [.. evidence, Quote.Of(model.Log, error)], Functions.BindToVfio(model, device));
    }

    private Finding NotWanted(HostModel model, PciDevice device, Citation[] evidence)
    {
        string subject = device.Address.ToString();
        VfioId? id = Candidates.VfioIds(model.Kernel).FirstOrDefault(item => item.Matches(device));
        string now = device.Driver.IsKnown ? "is on " + device.Driver.Value : "has no driver";
        if (id is not null)
        {
            return Make(Verdict.Warn, subject, $"{subject} {now} although vfio-pci's ids list {id.Text}: vfio-pci was loaded later than that, or not at all.",
                [.. evidence, new Citation(id.Source, null, id.Text)], Functions.BindToVfio(model, device));
        }

        string next = device.Driver.Or(null) == "pci-stub" ? "pci-stub only keeps others away; a guest needs a VFIO driver."
            : GuestFacts.Given(model).Contains(device.Address) ? "A guest's definition names it; whether it is rebound when that guest starts is judged by VIRT-002."
            : "Nothing asks for a VFIO driver yet; with managed='yes' libvirt binds it when the guest starts.";
        return Make(Verdict.Note, subject, $"{subject} {now}. {next}", evidence, Functions.BindToVfio(model, device));
    }
}
