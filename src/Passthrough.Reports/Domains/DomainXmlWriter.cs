using System.Globalization;
using System.Xml.Linq;
using Passthrough.Diagnosis.Placement;
using Passthrough.Host.Pci;

namespace Passthrough.Reports.Domains;

/// <summary>
/// Writes a designed guest as libvirt's domain XML. Only what passthrough and placement need stands in it: disks, graphics and networks of the
/// host are for the one who defines the guest. Source: libvirt, "Domain XML format".
/// </summary>
public static class DomainXmlWriter
{
    private const string SystemBus = "0x00";

    // Slots 1 to 31 of bus 0 hold root ports; libvirt puts its own devices behind further ports that it adds.
    private const int FirstPortSlot = 0x10;

    /// <summary>The XML of one guest. <paramref name="disk"/> is an image to boot from, null for none.</summary>
    public static string Write(GuestDesign design, string? disk = null)
    {
        GuestRequest guest = design.Placement.Request;
        var domain = new XElement("domain", new XAttribute("type", "kvm"),
            new XElement("name", guest.Name),
            Sized("memory", guest.MemoryBytes),
            Sized("currentMemory", guest.MemoryBytes),
            Backing(design),
            new XElement("vcpu", new XAttribute("placement", "static"), guest.Vcpus),
            guest.Iothreads > 0 ? new XElement("iothreads", guest.Iothreads) : null,
            CpuTune(design),
            NumaTune(design),
            new XElement("os", new XAttribute("firmware", "efi"),
                new XElement("type", new XAttribute("arch", "x86_64"), new XAttribute("machine", "q35"), "hvm"),
                disk is null ? null : new XElement("boot", new XAttribute("dev", "hd"))),
            new XElement("features", new XElement("acpi"), new XElement("apic")),
            Cpu(design),
            new XElement("clock", new XAttribute("offset", "utc")),
            Devices(design, disk));
        return new XDocument(domain).ToString() + "\n";
    }

    private static XElement Sized(string name, long bytes) => new(name, new XAttribute("unit", "KiB"), bytes / 1024);

    private static XElement? Backing(GuestDesign design) => design.Placement.Request.HugePageBytes is > 0 and var size
        ? new XElement("memoryBacking", new XElement("hugepages", new XElement("page", new XAttribute("size", size / 1024), new XAttribute("unit", "KiB"))),
            new XElement("nosharepages"))
        : new XElement("memoryBacking", new XElement("nosharepages"));

    private static XElement? CpuTune(GuestDesign design)
    {
        GuestPlacement placement = design.Placement;
        return placement.VcpuPins.Count == 0 ? null : new XElement("cputune",
            placement.VcpuPins.Select((cpu, vcpu) => new XElement("vcpupin", new XAttribute("vcpu", vcpu), new XAttribute("cpuset", cpu))),
            placement.EmulatorCpus.Count > 0 ? new XElement("emulatorpin", new XAttribute("cpuset", placement.EmulatorCpus.ToString())) : null,
            Enumerable.Range(1, placement.IothreadCpus.Count > 0 ? placement.Request.Iothreads : 0)
                .Select(thread => new XElement("iothreadpin", new XAttribute("iothread", thread), new XAttribute("cpuset", placement.IothreadCpus.ToString()))));
    }

    private static XElement? NumaTune(GuestDesign design)
    {
        PlacedCell[] cells = [.. design.Placement.Cells.Where(cell => cell.Node is not null)];
        if (cells.Length == 0)
        {
            return null;
        }

        string nodes = string.Join(',', cells.Select(cell => cell.Node!.Value.ToString(CultureInfo.InvariantCulture)));
        return new XElement("numatune", new XElement("memory", new XAttribute("mode", "strict"), new XAttribute("nodeset", nodes)),
            cells.Length == 1 ? null : cells.Select((cell, id) =>
                new XElement("memnode", new XAttribute("cellid", id), new XAttribute("mode", "strict"), new XAttribute("nodeset", cell.Node!.Value))));
    }

    private static XElement Cpu(GuestDesign design)
    {
        GuestPlacement placement = design.Placement;
        int threads = placement.ThreadsPerCore;
        IReadOnlyList<PlacedCell> cells = placement.Cells;

        // A socket a cell, where the cells are equal: else the topology is left to libvirt.
        bool isEven = cells.Count > 0 && cells.All(cell => cell.Vcpus == cells[0].Vcpus && cell.Vcpus % threads == 0);
        return new XElement("cpu", new XAttribute("mode", "host-passthrough"), new XAttribute("check", "none"), new XAttribute("migratable", "off"),
            isEven
                ? new XElement("topology", new XAttribute("sockets", cells.Count), new XAttribute("dies", 1), new XAttribute("cores", cells[0].Vcpus / threads), new XAttribute("threads", threads))
                : null,
            new XElement("maxphysaddr", new XAttribute("mode", "passthrough")),
            cells.Count < 2 ? null : new XElement("numa", cells.Select((cell, id) => new XElement("cell", new XAttribute("id", id),
                new XAttribute("cpus", Range(cell.FirstVcpu, cell.Vcpus)), new XAttribute("memory", cell.MemoryBytes / 1024), new XAttribute("unit", "KiB")))));
    }

    private static XElement Devices(GuestDesign design, string? disk)
    {
        XElement root = new("controller", new XAttribute("type", "pci"), new XAttribute("index", 0), new XAttribute("model", "pcie-root"),
            design.PciHole64Bytes is { } hole ? new XElement("pcihole64", new XAttribute("unit", "KiB"), hole / 1024) : null);
        int[] ports = [.. design.Functions.Select(function => function.Port).Distinct()];
        return new XElement("devices", root,
            ports.Select(port => new XElement("controller", new XAttribute("type", "pci"), new XAttribute("index", port), new XAttribute("model", "pcie-root-port"),
                Address(SystemBus, FirstPortSlot + ((port - 1) / 8), (port - 1) % 8, ports.Length > 1 && (port - 1) % 8 == 0))),
            disk is null ? null : new XElement("disk", new XAttribute("type", "file"), new XAttribute("device", "disk"),
                new XElement("driver", new XAttribute("name", "qemu"), new XAttribute("type", "raw"), new XAttribute("cache", "none"), new XAttribute("io", "native"),
                    design.Placement.Request.Iothreads > 0 ? new XAttribute("iothread", 1) : null),
                new XElement("source", new XAttribute("file", disk)),
                new XElement("target", new XAttribute("dev", "vda"), new XAttribute("bus", "virtio"))),
            design.Functions.Select(Function),
            new XElement("memballoon", new XAttribute("model", "none")));
    }

    private static XElement Function(DesignedFunction function)
    {
        PciAddress host = function.Address;
        var source = new XElement("address", new XAttribute("domain", Hex(host.Domain, 4)), new XAttribute("bus", Hex(host.Bus, 2)),
            new XAttribute("slot", Hex(host.Device, 2)), new XAttribute("function", Hex(host.Function, 1)));
        XElement place = Address(Hex((uint)function.Port, 2), 0, function.Function, function.IsMultifunction);
        if (function.IsVirtualNic)
        {
            source.SetAttributeValue("type", "pci");
            return new XElement("interface", new XAttribute("type", "hostdev"), new XAttribute("managed", "yes"), new XElement("source", source), place);
        }

        return new XElement("hostdev", new XAttribute("mode", "subsystem"), new XAttribute("type", "pci"), new XAttribute("managed", "yes"),
            new XElement("source", source), place);
    }

    private static XElement Address(string bus, int slot, int function, bool isMultifunction) =>
        new("address", new XAttribute("type", "pci"), new XAttribute("domain", "0x0000"), new XAttribute("bus", bus), new XAttribute("slot", Hex((uint)slot, 2)),
            new XAttribute("function", Hex((uint)function, 1)), isMultifunction ? new XAttribute("multifunction", "on") : null);

    private static string Hex(uint value, int digits) => "0x" + value.ToString("x" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static string Range(int first, int count) => count == 1
        ? first.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{first}-{first + count - 1}");
}
