using System.Globalization;

namespace Passthrough.Guests.Qemu;

/// <summary>Turns a lab machine into QEMU's arguments. Pure.</summary>
internal static class QemuCommandLine
{
    /// <summary>The arguments after the program's name.</summary>
    public static IReadOnlyList<string> Build(LabMachine machine, GuestFiles files, string accelerator)
    {
        var arguments = new List<string>
        {
            "-name", machine.Name,
            // The Intel IOMMU's interrupt remapping needs the split interrupt controller.
            "-machine", machine.Iommu is LabIommu.Intel ? "q35,kernel-irqchip=split" : "q35",
            "-accel", accelerator == "kvm" ? "kvm" : "tcg,thread=multi",
            "-cpu", accelerator == "kvm" ? "host" : machine.CpuModel,
        };
        AddMemory(arguments, machine);
        arguments.AddRange(
        [
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-serial", files.Console is { } console ? "file:" + console : "mon:stdio",
            "-kernel", files.Kernel, "-initrd", files.Initramfs,
            "-append", KernelCommandLine(machine),
            // High slots, so that the machine's own devices keep the numbers of its record.
            "-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap",
            "-device", "virtio-9p-pci,fsdev=root,mount_tag=root,addr=1d.0",
            // mapped-file: links and device nodes that the guest makes are plain files here.
            "-fsdev", $"local,id=share,path={Escape(files.Share)},security_model=mapped-file",
            "-device", "virtio-9p-pci,fsdev=share,mount_tag=share,addr=1e.0",
        ]);
        if (machine.Iommu is not LabIommu.None)
        {
            string device = machine.Iommu is LabIommu.Intel ? "intel-iommu" : "amd-iommu";
            arguments.AddRange(["-device", machine.IommuOptions.Length == 0 ? device : device + "," + machine.IommuOptions]);
        }

        AddDevices(arguments, machine, files);
        return arguments;
    }

    /// <summary>The file that stands for the disk of the machine's n-th device with a disk.</summary>
    public static string DiskPath(GuestFiles files, int number) =>
        Path.Combine(files.Disks, string.Create(CultureInfo.InvariantCulture, $"disk{number}.img"));

    /// <summary>A value inside a comma-separated option: QEMU reads two commas as one.</summary>
    public static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);

    /// <summary>
    /// panic=-1 reboots at once, and -no-reboot turns that into the end of QEMU. no_timer_check: on a busy host an emulated timer
    /// comes late, and with interrupt remapping the kernel panics over it ("timer doesn't work through Interrupt-remapped IO-APIC").
    /// </summary>
    public static string KernelCommandLine(LabMachine machine) =>
        string.Join(' ', ["console=ttyS0", "quiet", "loglevel=3", "panic=-1", "no_timer_check", .. machine.KernelArguments]);

    private static void AddMemory(List<string> arguments, LabMachine machine)
    {
        string cpus = machine.Cpus.ToString(CultureInfo.InvariantCulture);
        if (machine.Nodes <= 1)
        {
            arguments.AddRange(["-smp", cpus, "-m", Mebibytes(machine.MemoryMebibytes)]);
            if (machine.HasHugePages)
            {
                arguments.AddRange(["-mem-path", "/dev/hugepages", "-mem-prealloc"]);
            }

            return;
        }

        int cpusPerNode = machine.Cpus / machine.Nodes;
        arguments.AddRange(
        [
            "-smp", string.Create(CultureInfo.InvariantCulture, $"{cpus},sockets={machine.Nodes},cores={cpusPerNode},threads=1"),
            "-m", Mebibytes(machine.MemoryMebibytes),
        ]);
        for (int node = 0; node < machine.Nodes; node++)
        {
            int first = node * cpusPerNode;
            int last = first + cpusPerNode - 1;
            arguments.AddRange(
            [
                "-object", $"memory-backend-ram,id=memory{node},size={Mebibytes(machine.MemoryMebibytes / machine.Nodes)}",
                "-numa", first == last
                    ? string.Create(CultureInfo.InvariantCulture, $"node,nodeid={node},cpus={first},memdev=memory{node}")
                    : string.Create(CultureInfo.InvariantCulture, $"node,nodeid={node},cpus={first}-{last},memdev=memory{node}"),
            ]);
        }

        for (int from = 0; from < machine.Nodes; from++)
        {
            for (int to = from + 1; to < machine.Nodes; to++)
            {
                arguments.AddRange(["-numa", string.Create(CultureInfo.InvariantCulture, $"dist,src={from},dst={to},val=21")]);
            }
        }
    }

    private static void AddDevices(List<string> arguments, LabMachine machine, GuestFiles files)
    {
        int disk = 0;
        int network = 0;
        foreach (LabDevice device in machine.Devices)
        {
            if (device.HasUserNetwork)
            {
                // Without the guest's asking nothing leaves this host; 10.0.2.2 is its loopback address (QEMU manual, "Using the user mode network stack").
                string net = string.Create(CultureInfo.InvariantCulture, $"net{network++}");
                string forward = device.SshPort is { } port ? string.Create(CultureInfo.InvariantCulture, $",hostfwd=tcp:127.0.0.1:{port}-:22") : "";
                arguments.AddRange(["-netdev", $"user,id={net},ipv6=off{forward}", "-device", $"{device.Options},netdev={net}"]);
                continue;
            }

            if (device.AgentSocket is { } socket)
            {
                // wait=off: the guest starts without anybody at the socket.
                arguments.AddRange(
                [
                    "-chardev", $"socket,id=agent,path={Escape(socket)},server=on,wait=off", "-device", "virtio-serial-pci,addr=1c.0",
                    "-device", device.Options + ",chardev=agent",
                ]);
                continue;
            }

            if (device.DiskMebibytes is null)
            {
                arguments.AddRange(["-device", device.Options]);
                continue;
            }

            // cache=unsafe: the disk lives as long as the guest, nothing is gained by flushing it.
            string id = string.Create(CultureInfo.InvariantCulture, $"disk{disk}");
            arguments.AddRange(
            [
                "-drive", $"file={Escape(DiskPath(files, disk))},if=none,id={id},format=raw,cache=unsafe",
                "-device", $"{device.Options},drive={id}",
            ]);
            disk++;
        }
    }

    private static string Mebibytes(int value) => string.Create(CultureInfo.InvariantCulture, $"{value}M");
}
