using Passthrough.Host.Cpu;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Usage;

/// <summary>What the machine calls itself. Serial numbers and UUIDs are never asked. Source: Documentation/ABI/testing/sysfs-firmware-dmi-tables.</summary>
public static class DmiReader
{
    private const string Folder = "/sys/class/dmi/id/";

    /// <summary>Vendors whose machines are virtual whatever the model.</summary>
    private static readonly string[] VirtualVendors =
    [
        "QEMU", "VMware", "VMW", "Xen", "innotek GmbH", "VirtualBox", "Parallels", "Bochs", "BHYVE", "Firecracker",
        "OpenStack Foundation", "Alibaba Cloud", "DigitalOcean", "oVirt", "Nutanix", "Hetzner", "Apple Inc. Virtualization", "cloud-hypervisor",
    ];

    /// <summary>Vendors that also make or rent real machines: only these products are virtual.</summary>
    private static readonly (string Vendor, string Product)[] VirtualProducts =
    [
        ("Microsoft Corporation", "Virtual Machine"), ("Google", "Google Compute Engine"), ("Red Hat", "KVM"), ("Red Hat", "RHEV"),
        ("Red Hat", "RHEL-AV"), ("Apple Inc.", "Apple Virtualization"), ("Amazon EC2", ""), ("Cloud Hypervisor", ""),
    ];

    /// <summary>Reads the DMI fields that identify model and firmware.</summary>
    public static DmiInfo Read(IEvidence evidence) => new(
        evidence.ReadText(Folder + "sys_vendor"),
        evidence.ReadText(Folder + "product_name"),
        evidence.ReadText(Folder + "board_vendor"),
        evidence.ReadText(Folder + "board_name"),
        evidence.ReadText(Folder + "bios_vendor"),
        evidence.ReadText(Folder + "bios_version"),
        evidence.ReadText(Folder + "bios_date"));

    /// <summary>
    /// True when the CPU's hypervisor flag, DMI or /sys/hypervisor tells a virtual machine; false when CPU flags of x86 or DMI were
    /// read and tell none; null when nothing told.
    /// </summary>
    public static bool? IsVirtualMachine(CpuInfo cpu, DmiInfo dmi, Reading<string> hypervisorType)
    {
        bool? named = ByName(dmi);
        bool? flagged = cpu.Vendor is "intel" or "amd" ? cpu.HasFlag("hypervisor") : null;

        // The control domain of Xen has /sys/hypervisor, and may have the flag, on a machine whose DMI is the real one.
        if (hypervisorType.IsKnown && hypervisorType.Value == "xen")
        {
            return named;
        }

        // Rented real machines carry the name of the cloud: there the flag decides.
        bool isCloud = dmi.SystemVendor.IsKnown && dmi.SystemVendor.Value is "Amazon EC2" or "Google" or "Alibaba Cloud" or "Hetzner";
        if (flagged == true || (named == true && !(isCloud && flagged == false)))
        {
            return true;
        }

        return flagged is null && named is null ? null : false;
    }

    /// <summary>What vendor, product and board say; null when neither vendor nor product is known.</summary>
    private static bool? ByName(DmiInfo dmi)
    {
        string vendor = dmi.SystemVendor.Or("") ?? "";
        string product = dmi.ProductName.Or("") ?? "";
        if (vendor.Length == 0 && product.Length == 0)
        {
            return null;
        }

        return VirtualVendors.Any(name => vendor.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            || product is "VirtualBox" or "KVM" or "Bochs" or "HVM domU"
            || VirtualProducts.Any(entry => vendor.StartsWith(entry.Vendor, StringComparison.OrdinalIgnoreCase)
                && product.StartsWith(entry.Product, StringComparison.Ordinal)
                && !product.Contains(".metal", StringComparison.Ordinal));
    }
}
