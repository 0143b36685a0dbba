using Passthrough.Host.Guests;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>VIRT-011: the host offers iommufd where the guest asks for it.</summary>
internal sealed class Virt011Iommufd : GuestCheck
{
    /// <inheritdoc />
    public override string Id => "VIRT-011";

    /// <inheritdoc />
    public override string Title => "iommufd is there where it is asked for";

    /// <inheritdoc />
    public override Section Section => Section.Guest;

    /// <inheritdoc />
    public override Severity Severity => Severity.High;

    /// <inheritdoc />
    public override string Explanation =>
        "With iommufd='yes' the driver of a <hostdev> goes through /dev/iommu and the function's own device node instead of the VFIO container. That needs a "
        + "kernel with iommufd and VFIO device nodes (since Linux 6.6, CONFIG_VFIO_DEVICE_CDEV), and QEMU and libvirt of that time or later.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when /dev/iommu is there and the kernel was built with device nodes. Fail when one is missing. Not applicable when no function asks for it. "
        + "Unknown when either was not seen.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: drivers/vfio/Kconfig (VFIO_DEVICE_CDEV)", "Linux: Documentation/userspace-api/iommufd.rst", "libvirt: src/util/viriommufd.c"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies =>
        [new("Remove iommufd='yes' from the <driver>, which goes back to the VFIO container, or use a kernel with CONFIG_IOMMUFD and CONFIG_VFIO_DEVICE_CDEV.")];

    /// <inheritdoc />
    protected override void Judge(Subjects subjects, Guest guest, GuestDefinition definition, Tally tally)
    {
        GuestDevice[] asking = [.. definition.Devices.Where(device => device.IommuFd == "yes")];
        if (asking.Length == 0)
        {
            tally.Add(Verdict.NotApplicable, "No function of the guest asks for iommufd.");
            return;
        }

        HostModel model = subjects.Model;
        string who = Quote.List(asking.Select(device => device.Address.ToString()));
        Citation line = GuestFacts.Cite(guest, asking[0]);
        if (model.Vfio.IommufdMode.IsAbsent && IommuFacts.AbsenceIsFact(model))
        {
            tally.Add(Verdict.Fail, $"{who} asks for iommufd, and there is no /dev/iommu.", Quote.Of(model.Vfio.IommufdMode),
                new Remedy("Load iommufd where the kernel has it as a module; else remove iommufd='yes' from the <driver>.", "modprobe iommufd"));
        }
        else if (model.Kernel.Config.Has("VFIO_DEVICE_CDEV") == false)
        {
            tally.Add(Verdict.Fail, $"{who} asks for iommufd, and this kernel was built without device nodes of VFIO (CONFIG_VFIO_DEVICE_CDEV).", Quote.Of(model.Kernel.Config.Values) with { Excerpt = null }, Remedies[0]);
        }
        else if (!model.Vfio.IommufdMode.IsKnown)
        {
            tally.Add(Verdict.Unknown, $"Whether the host has iommufd is not known: {Quote.Unseen(model.Vfio.IommufdMode)}", Quote.Of(model.Vfio.IommufdMode));
        }
        else if (model.Kernel.Config.Has("VFIO_DEVICE_CDEV") is null)
        {
            tally.Add(Verdict.Unknown, $"Whether this kernel has device nodes of VFIO is not known: {Quote.Unseen(model.Kernel.Config.Values)}", Quote.Of(model.Kernel.Config.Values) with { Excerpt = null });
        }
        else
        {
            tally.Add(Verdict.Pass, "/dev/iommu is there, and the kernel has device nodes of VFIO.", line);
        }
    }
}
