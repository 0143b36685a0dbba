using System.Globalization;
using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Tuning;

/// <summary>
/// Makes steps from what the machine is now. Reads through evidence that is not recorded (the state changes between
/// steps), changes nothing.
/// </summary>
public static partial class Steps
{
    private const string DeviceFolder = "/sys/bus/pci/devices/";

    /// <summary>
    /// At least <paramref name="count"/> free pages of one size, on one node or over all. Null when there are enough.
    /// Source: Documentation/admin-guide/mm/hugetlbpage.rst.
    /// </summary>
    public static TuningStep? HugePages(IEvidence now, long sizeBytes, long count, int? node, string reason)
    {
        string size = string.Create(CultureInfo.InvariantCulture, $"hugepages-{sizeBytes / 1024}kB");
        string folder = node is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"/sys/devices/system/node/node{number}/hugepages/{size}")
            : "/sys/kernel/mm/hugepages/" + size;
        long total = Number(now, folder + "/nr_hugepages");
        long free = Number(now, folder + "/free_hugepages");
        if (free >= count)
        {
            return null;
        }

        string wanted = (total + count - free).ToString(CultureInfo.InvariantCulture);
        string before = total.ToString(CultureInfo.InvariantCulture);
        string path = folder + "/nr_hugepages";
        return new TuningStep($"{path}: {before} → {wanted}", reason,
            [new TuningWrite(path, wanted, new UndoWrite(path, before), new Expectation(ExpectationKind.AtLeast, path, wanted))]);
    }

    /// <summary>Routes an interrupt to CPUs. Null when it is already there. Source: Documentation/core-api/irq/irq-affinity.rst.</summary>
    public static TuningStep? InterruptAffinity(IEvidence now, string irq, CpuSet cpus, string reason)
    {
        string path = $"/proc/irq/{irq}/smp_affinity_list";
        string before = Text(now, path);
        string wanted = cpus.ToString();
        return before == wanted
            ? null
            : new TuningStep($"{path}: {before} → {wanted}", reason,
                [new TuningWrite(path, wanted, new UndoWrite(path, before, GoneIsDone: true), new Expectation(ExpectationKind.CpuList, path, wanted))]);
    }

    /// <summary>
    /// Hands a function to another driver by driver_override and drivers_probe, never by new_id (which would take every
    /// function of the same id). Null when it is already bound. Refuses what the host uses.
    /// Source: Documentation/ABI/testing/sysfs-bus-pci.
    /// </summary>
    public static TuningStep? Bind(IEvidence now, HostModel model, PciAddress address, string driver, string reason)
    {
        RefuseHostUse(model, address);
        string folder = DeviceFolder + address;
        Reading<string> bound = now.ReadLinkName(folder + "/driver");
        if (bound.IsKnown && bound.Value == driver)
        {
            return null;
        }

        Reading<string> overridden = now.ReadText(folder + "/driver_override");
        if (!overridden.IsKnown)
        {
            throw new TuningException($"{folder}/driver_override cannot be read ({overridden.Why ?? overridden.Outcome.ToString()}): "
                + "name a function that exists and run as root.");
        }

        string device = address.ToString();
        string before = overridden.Value is "(null)" or "" ? "\n" : overridden.Value!;
        string from = bound.IsKnown ? bound.Value! : "no driver";
        var writes = new List<TuningWrite>();
        string path = folder + "/driver_override";
        if (bound.IsKnown && before != "\n" && before != from)
        {
            // Its driver was faster than an override that names another one. The way back needs a moment without an override, or the probe would
            // follow it.
            writes.Add(new TuningWrite(path, "\n", new UndoWrite(path, before), new Expectation(ExpectationKind.Text, path, "(null)")));
            before = "\n";
        }

        if (bound.IsKnown)
        {
            writes.Add(new TuningWrite($"/sys/bus/pci/drivers/{bound.Value}/unbind", device,
                new UndoWrite("/sys/bus/pci/drivers_probe", device), new Expectation(ExpectationKind.Link, folder + "/driver", "")));
        }

        writes.Add(new TuningWrite(path, driver, new UndoWrite(path, before), new Expectation(ExpectationKind.Text, path, driver)));
        writes.Add(new TuningWrite("/sys/bus/pci/drivers_probe", device, new UndoWrite($"/sys/bus/pci/drivers/{driver}/unbind", device, GoneIsDone: true),
            new Expectation(ExpectationKind.Link, folder + "/driver", driver)));
        return new TuningStep($"{device}: {from} → {driver}", reason, writes);
    }

    /// <summary>
    /// Changes the default domain of a group with its members' drivers unbound meanwhile. Null when it is already so,
    /// unless <paramref name="rebind"/> asks for the drivers to be rebound all the same (a study treats both sides alike).
    /// Source: Documentation/ABI/testing/sysfs-kernel-iommu_groups.
    /// </summary>
    public static TuningStep? GroupType(IEvidence now, HostModel model, string group, string type, string reason, bool rebind = false)
    {
        string path = $"/sys/kernel/iommu_groups/{group}/type";
        string before = Text(now, path);
        if (before == type && !rebind)
        {
            return null;
        }

        var writes = new List<TuningWrite>();
        var bindings = new List<TuningWrite>();
        foreach (string member in now.List($"/sys/kernel/iommu_groups/{group}/devices").Or([])!)
        {
            Reading<string> driver = now.ReadLinkName(DeviceFolder + member + "/driver");
            if (!driver.IsKnown)
            {
                continue;
            }

            if (PciAddress.TryParse(member, out PciAddress address))
            {
                RefuseHostUse(model, address);
            }

            string bind = $"/sys/bus/pci/drivers/{driver.Value}/bind";
            string unbind = $"/sys/bus/pci/drivers/{driver.Value}/unbind";
            string link = DeviceFolder + member + "/driver";
            writes.Add(new TuningWrite(unbind, member, new UndoWrite(bind, member), new Expectation(ExpectationKind.Link, link, "")));
            bindings.Add(new TuningWrite(bind, member, new UndoWrite(unbind, member, GoneIsDone: true), new Expectation(ExpectationKind.Link, link, driver.Value!)));
        }

        writes.Add(new TuningWrite(path, type, new UndoWrite(path, before), new Expectation(ExpectationKind.Text, path, type)));
        writes.AddRange(bindings);
        return new TuningStep($"{path}: {before} → {type}", reason, writes);
    }

    private static void RefuseHostUse(HostModel model, PciAddress address)
    {
        if (model.Usage.Uses.TryGetValue(address, out IReadOnlyList<string>? uses) && uses.Count > 0)
        {
            throw new TuningException($"{address} is in use by this host ({string.Join(", ", uses)}) and is not taken away from it: choose another device.");
        }
    }

    private static string Text(IEvidence now, string path)
    {
        Reading<string> reading = now.ReadText(path);
        return reading.IsKnown
            ? reading.Value!
            : throw new TuningException($"{path} cannot be read ({reading.Why ?? reading.Outcome.ToString()}), so it is not changed: run as root on a kernel that has it.");
    }

    private static long Number(IEvidence now, string path) =>
        long.TryParse(Text(now, path), NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new TuningException($"{path} does not hold a number, so it is not changed.");
}
