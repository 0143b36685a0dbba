using System.Globalization;
using System.Text;
using Passthrough.Diagnosis.Placement;
using Passthrough.Reports.Formats;

namespace Passthrough.Reports.Domains;

/// <summary>
/// Writes a designed guest as the command line of QEMU that matches the domain XML. QEMU itself pins no threads and binds no driver: the comments
/// say what libvirt would do besides. Source: QEMU, "Invocation" and docs/pcie.txt.
/// </summary>
public static class QemuCommandWriter
{
    /// <summary>A shell command with a line for each option. <paramref name="disk"/> is an image to boot from, null for none.</summary>
    public static string Write(GuestDesign design, string? disk = null)
    {
        GuestPlacement placement = design.Placement;
        GuestRequest guest = placement.Request;
        var text = new StringBuilder();
        Comments(text, design);
        text.Append("qemu-system-x86_64");
        Option(text, "-name", "guest=" + guest.Name.Replace(",", ",,", StringComparison.Ordinal) + ",debug-threads=on");
        Option(text, "-machine", "q35,accel=kvm" + (placement.Cells.Count == 1 ? ",memory-backend=ram0" : ""));
        Option(text, "-cpu", "host,migratable=off,host-phys-bits=on");
        Option(text, "-smp", Topology(placement));
        Option(text, "-m", string.Create(CultureInfo.InvariantCulture, $"{guest.MemoryBytes >> 20}M"));
        for (int cell = 0; cell < placement.Cells.Count; cell++)
        {
            Option(text, "-object", Memory(placement.Cells[cell], guest.HugePageBytes, cell));
            if (placement.Cells.Count > 1)
            {
                PlacedCell one = placement.Cells[cell];
                Option(text, "-numa", string.Create(CultureInfo.InvariantCulture, $"node,nodeid={cell},cpus={one.FirstVcpu}-{one.FirstVcpu + one.Vcpus - 1},memdev=ram{cell}"));
            }
        }

        if (design.PciHole64Bytes is { } hole)
        {
            Option(text, "-global", string.Create(CultureInfo.InvariantCulture, $"q35-pcihost.pci-hole64-size={hole}"));
        }

        foreach (int port in design.Functions.Select(function => function.Port).Distinct())
        {
            Option(text, "-device", string.Create(CultureInfo.InvariantCulture, $"pcie-root-port,id=port{port},chassis={port},slot={port}"));
        }

        foreach (DesignedFunction function in design.Functions)
        {
            Option(text, "-device", string.Create(CultureInfo.InvariantCulture,
                $"vfio-pci,host={function.Address},bus=port{function.Port},addr=0x0.0x{function.Function:x}{(function.IsMultifunction ? ",multifunction=on" : "")}"));
        }

        if (disk is not null)
        {
            Option(text, "-drive", "if=virtio,format=raw,cache=none,aio=native,file=" + disk.Replace(",", ",,", StringComparison.Ordinal));
        }

        return text.Append('\n').ToString();
    }

    private static void Comments(StringBuilder text, GuestDesign design)
    {
        GuestPlacement placement = design.Placement;
        text.Append("# The functions must be on vfio-pci, and the guest needs UEFI firmware (-drive if=pflash for code and variables; the path is the distribution's).\n");
        if (placement.VcpuPins.Count > 0)
        {
            text.Append("# Threads are pinned after the start: each \"CPU n/KVM\" thread of the process to its CPU, all others to ")
                .Append(placement.EmulatorCpus.Count > 0 ? placement.EmulatorCpus.ToString() : "the host's own CPUs").Append(".\n");
            text.Append('#').Append(string.Concat(placement.VcpuPins.Select((cpu, vcpu) => string.Create(CultureInfo.InvariantCulture, $" {vcpu}→{cpu}")))).Append('\n');
        }
    }

    private static string Topology(GuestPlacement placement)
    {
        int vcpus = placement.Request.Vcpus, sockets = placement.Cells.Count, threads = placement.ThreadsPerCore;
        bool isEven = sockets > 0 && placement.Cells.All(cell => cell.Vcpus == placement.Cells[0].Vcpus && cell.Vcpus % threads == 0);
        return isEven
            ? string.Create(CultureInfo.InvariantCulture, $"{vcpus},sockets={sockets},cores={vcpus / sockets / threads},threads={threads}")
            : vcpus.ToString(CultureInfo.InvariantCulture);
    }

    private static string Memory(PlacedCell cell, long pageBytes, int number)
    {
        string size = string.Create(CultureInfo.InvariantCulture, $"id=ram{number},size={cell.MemoryBytes >> 20}M");
        string node = cell.Node is { } host ? string.Create(CultureInfo.InvariantCulture, $",host-nodes={host},policy=bind") : "";
        return pageBytes > 0
            ? string.Create(CultureInfo.InvariantCulture, $"memory-backend-memfd,{size},hugetlb=on,hugetlbsize={pageBytes >> 10}K,prealloc=on{node}")
            : $"memory-backend-ram,{size},merge=off{node}";
    }

    private static void Option(StringBuilder text, string name, string value) => text.Append(" \\\n  ").Append(name).Append(' ').Append(PosixShell.Quoted(value));
}
