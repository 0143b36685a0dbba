namespace Passthrough.Guests;

/// <content>Faults that are planted in a running guest, and taken back.</content>
public static partial class LabCatalog
{
    private const string Type1 = "/sys/module/vfio_iommu_type1/parameters/";

    private static IEnumerable<LabMachine> RuntimeFaults() =>
    [
        s_intel with
        {
            Name = "unsafe-interrupts",
            Mend = "--only SEC-001",
            Summary = "VFIO is told to do without interrupt remapping (allow_unsafe_interrupts).",
            Plant = $"echo Y >{Type1}allow_unsafe_interrupts",
            Undo = $"echo N >{Type1}allow_unsafe_interrupts",
            ExpectedFindings = ["SEC-001"],
        },
        s_intel with
        {
            Name = "few-dma-entries",
            Mend = "--only LIM-002",
            Summary = "VFIO is allowed few mappings at a time (dma_entry_limit).",
            Plant = $"echo 512 >{Type1}dma_entry_limit",
            Undo = $"echo 65535 >{Type1}dma_entry_limit",
            ExpectedFindings = ["LIM-002"],
        },
        s_intel with
        {
            Name = "container-permission",
            Mend = "--only MOD-002",
            Summary = "The VFIO container is closed to everybody but root.",
            Plant = "chmod 600 /dev/vfio/vfio",
            Undo = "chmod 666 /dev/vfio/vfio",
            ExpectedFindings = ["MOD-002"],
        },
        s_intel with
        {
            Name = "group-busy",
            Summary = "Another process holds the candidate's group.",
            Plant = "group=$(readlink /sys/bus/pci/devices/0000:01:00.0/iommu_group); sleep 600 <>/dev/vfio/${group##*/} & echo $! >/run/holder; sleep 0.2",
            Undo = "kill $(cat /run/holder)",
            ExpectedFindings = ["GRP-011"],
        },
        s_intel with
        {
            Name = "memory-lock",
            Summary = "The user who starts guests may lock 64 KiB of memory and lacks the right to lock more.",
            CheckPrefix = "prlimit --memlock=65536:65536 setpriv --bounding-set -ipc_lock",
            ExpectedFindings = ["LIM-001"],
        },
        s_intel with
        {
            Name = "staged-not-live",
            Summary = "A token stands in the boot loader's configuration and not on the command line of the kernel that runs.",
            Plant = "mkdir -p /etc/default /boot/grub; echo 'GRUB_CMDLINE_LINUX=\"intel_iommu=on iommu=pt\"' >/etc/default/grub; "
                + "printf 'menuentry Linux {\\n linux /boot/vmlinuz root=/dev/vda intel_iommu=on iommu=pt\\n}\\n' >/boot/grub/grub.cfg",
            Undo = "rm -f /etc/default/grub /boot/grub/grub.cfg",
            ExpectedFindings = ["CMD-007"],
        },
        s_intel with
        {
            Name = "virqfd",
            Mend = "--only KRN-007",
            Summary = "A configuration file still loads vfio_virqfd, which Linux 6.2 took away.",
            Plant = "mkdir -p /etc/modules-load.d; echo vfio_virqfd >/etc/modules-load.d/vfio.conf",
            Undo = "rm /etc/modules-load.d/vfio.conf",
            ExpectedFindings = ["KRN-007"],
        },
        s_intel with
        {
            Name = "modprobe-typo",
            Summary = "modprobe.d gives vfio-pci ids that are none.",
            Plant = "mkdir -p /etc/modprobe.d; echo 'options vfio-pci ids=10de-1b80' >/etc/modprobe.d/vfio.conf",
            Undo = "rm /etc/modprobe.d/vfio.conf",
            ExpectedFindings = ["MOD-004"],
        },
        s_intel with
        {
            Name = "override-race",
            Mend = "--device 0000:02:00.0 --only DEV-001",
            Summary = "A drive has a driver_override of vfio-pci, and the host's driver was faster.",
            Plant = "echo vfio-pci >/sys/bus/pci/devices/0000:02:00.0/driver_override",
            Undo = "echo >/sys/bus/pci/devices/0000:02:00.0/driver_override",
            ExpectedCause = "driver",
            ExpectedFindings = ["DEV-001"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "device-in-use",
            Summary = "The drive to be given away holds a mounted file system of the host.",
            Plant = "mkfs.ext2 -q -F /dev/nvme0n1 8192; mkdir -p /run/data; mount /dev/nvme0n1 /run/data",
            Undo = "umount /run/data",
            CheckArguments = "--device 0000:02:00.0",
            ExpectedFindings = ["DEV-003"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "domain-missing-device",
            Summary = "A guest's XML names a function that the machine does not have.",
            Plant = Domain("<memory unit='MiB'>256</memory>", "<iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu>", "<ioapic driver='qemu'/>", "0x09"),
            Undo = "rm /etc/libvirt/qemu/lab.xml",
            ExpectedCause = "guest",
            ExpectedFindings = ["VIRT-001"],
            ExpectedVerdict = "fail",
        },
        s_intel with
        {
            Name = "domain-without-ioapic",
            Summary = "A guest's XML has a virtual IOMMU without the split interrupt controller that it needs.",
            Plant = Domain("<memory unit='MiB'>256</memory>", "<iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu>", "", "0x01"),
            Undo = "rm /etc/libvirt/qemu/lab.xml",
            ExpectedFindings = ["VIRT-008"],
        },
        s_intel with
        {
            Name = "no-huge-pages",
            Mend = "--only HUG-002",
            Summary = "A guest's XML asks for huge pages, and the pool is empty.",
            Plant = Domain("<memory unit='MiB'>256</memory><memoryBacking><hugepages><page size='2048' unit='KiB'/></hugepages></memoryBacking>", "", "", "0x01"),
            Undo = "rm /etc/libvirt/qemu/lab.xml",
            ExpectedCause = "guest",
            ExpectedFindings = ["HUG-002", "VIRT-005"],
            ExpectedVerdict = "fail",
        },
        s_numa with
        {
            Name = "huge-pages-remote",
            Mend = "--only HUG-002",
            Summary = "All huge pages lie on the node that is far from the guest's memory and device.",
            Plant = "echo 128 >/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages; "
                + Domain("<memory unit='MiB'>256</memory><memoryBacking><hugepages><page size='2048' unit='KiB'/></hugepages></memoryBacking>"
                    + "<numatune><memory mode='strict' nodeset='0'/></numatune>", "", "", "0x41"),
            Undo = "rm /etc/libvirt/qemu/lab.xml; echo 0 >/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages",
            ExpectedCause = "guest",
            ExpectedFindings = ["HUG-001", "HUG-002", "VIRT-005"],
        },
        s_numa with
        {
            Name = "domain-far-from-device",
            Summary = "A guest's processors and memory are pinned to the node that is far from its device.",
            Plant = Domain("<memory unit='MiB'>256</memory><numatune><memory mode='strict' nodeset='1'/></numatune>"
                + "<cputune><vcpupin vcpu='0' cpuset='1'/><emulatorpin cpuset='1'/></cputune>", "", "", "0x41"),
            Undo = "rm /etc/libvirt/qemu/lab.xml",
            ExpectedFindings = ["NUM-002", "VIRT-006"],
        },
        s_numa with
        {
            Name = "interrupt-far",
            Summary = "The interrupt of a device that a guest's program holds is served on the node that is far from it.",
            // The program waits for its device's interrupts and journals elsewhere, as a guest would.
            Plant = """
                PTDIAG_STATE=/run/holder-state ptdiag bench run irq.edu.msi --set device=0000:41:00.0 --set wait=block --set threadCpu=1 --runs 1 --warm-up-ms 10 --measure-ms 600000 >/run/holder.out 2>&1 &
                echo $! >/run/holder
                for attempt in $(seq 100); do
                    irq=$(grep 'vfio-msi\[0\](0000:41:00.0)' /proc/interrupts | cut -d: -f1 | tr -d ' ')
                    [ -n "$irq" ] && break
                    sleep 0.1
                done
                echo 1 >/proc/irq/$irq/smp_affinity_list
                """,
            Undo = "kill $(cat /run/holder); wait; for attempt in $(seq 50); do grep -q vfio-msi /proc/interrupts || break; sleep 0.1; done",
            Mend = "--only IRQ-006",
            ExpectedFindings = ["IRQ-006"],
        },
        // Last on its machine: a line of the log cannot be taken back.
        s_intel with
        {
            Name = "dma-fault",
            Summary = "The candidate was made to reach for memory that nothing is mapped at.",
            Plant = """
                device=/sys/bus/pci/devices/0000:01:00.0
                echo 0000:01:00.0 >$device/driver/unbind
                echo on >$device/power/control
                setpci -s 01:00.0 COMMAND=0006
                read -r base rest <$device/resource
                # Registers of edu: source, destination, count, command; the destination is its own buffer, so memory is read.
                /run/busybox devmem $((base + 0x80)) 64 0x5000000
                /run/busybox devmem $((base + 0x88)) 64 0x40000
                /run/busybox devmem $((base + 0x90)) 64 64
                /run/busybox devmem $((base + 0x98)) 64 1
                sleep 0.4
                echo 0000:01:00.0 >/sys/bus/pci/drivers_probe
                """,
            ExpectedFindings = ["IOM-012"],
        },
    ];

    private static string Domain(string head, string iommu, string features, string bus) =>
        "mkdir -p /etc/libvirt/qemu; cat >/etc/libvirt/qemu/lab.xml <<'XML'\n"
        + "<domain type='kvm'><name>lab</name>" + head + "<vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>"
        + "<features><acpi/>" + features + "</features><devices>" + iommu
        + $"<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='{bus}' slot='0x00' function='0x0'/></source></hostdev>"
        + "</devices></domain>\nXML\n";
}
