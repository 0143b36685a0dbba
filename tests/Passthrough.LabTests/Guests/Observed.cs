using System.Collections.Concurrent;
using System.Text;
using Passthrough.Guests;
using Xunit;

namespace Passthrough.LabTests.Guests;

/// <summary>What one boot of a lab machine shows; each machine is booted once for all its tests.</summary>
internal sealed class Observed
{
    private const string Script =
        """
        # Builtins where they do: a process is dear in an emulated machine.
        exec 3>&2 2>errors
        uname -r >kernel; hostname >hostname; cat /etc/hostname >>hostname
        cat /proc/cmdline >cmdline; cat /proc/interrupts >interrupts; cat /proc/mounts >mounts
        cut -d' ' -f1 /proc/modules >modules; dmesg >dmesg
        ls /sys/firmware/acpi/tables >tables; ls /sys/class/iommu >units; ls /dev/vfio >vfio
        ls /boot >boot; grep '^CONFIG_VFIO_PCI=' "/boot/config-$(uname -r)" >config
        ls /var/log >logs; ls /sys/class/net >net
        for group in /sys/kernel/iommu_groups/*; do
            if read -r type <"$group/type"; then
                line="${group##*/} $type"
                for member in "$group"/devices/*; do line="$line ${member##*/}"; done
                echo "$line" >>groups
            fi
        done
        for device in /sys/bus/pci/devices/*; do
            driver=
            while IFS='=' read -r key value; do if [ "$key" = DRIVER ]; then driver=$value; fi; done <"$device/uevent"
            read -r override <"$device/driver_override"; read -r node <"$device/numa_node"
            echo "${device##*/} driver=$driver override=$override node=$node" >>devices
        done
        read -r ecap </sys/class/iommu/dmar0/intel-iommu/ecap && echo "$ecap" >ecap
        modprobe -n -v vfio-pci >modprobe; echo "$?" >>modprobe
        # KVM_GET_API_VERSION and, where it is safe, KVM_CREATE_VM of linux/kvm.h.
        perl -e 'open(F, "+<", "/dev/kvm") or die; print ioctl(F, 0xAE00, 0);' >kvm
        if [ "$(nproc)" = 1 ]; then
            perl -e 'open(F, "+<", "/dev/kvm") or die; print ioctl(F, 0xAE01, 0) ? " created" : " refused";' >>kvm
        fi
        if [ -e /dev/nvme0n1 ]; then dd if=/dev/nvme0n1 of=disk bs=64k count=4 iflag=direct; fi
        ptdiag "it's" '$HOME' >agent
        echo spoken; echo complained >&3
        cat placed; echo changed >>placed
        exit 7
        """;

    private static readonly ConcurrentDictionary<string, Lazy<Task<Observed>>> s_all = new();

    private Observed(LabRun run, IReadOnlyList<string> lines)
    {
        Run = run;
        Lines = lines;
    }

    public LabRun Run { get; }

    /// <summary>The lines that were heard while the guest ran.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>A file of the guest's /out as text; empty where the guest made none.</summary>
    public string this[string file] => Run.Files.TryGetValue(file, out byte[]? content) ? Encoding.UTF8.GetString(content) : "";

    /// <summary>Boots the machine on the first call, and skips the calling test where no guest can be booted.</summary>
    public static Task<Observed> OfAsync(string machine)
    {
        Skip.If(Lab.WhyNot() is not null, Lab.WhyNot());
        return s_all.GetOrAdd(machine, name => new Lazy<Task<Observed>>(() => BootAsync(name))).Value;
    }

    private static async Task<Observed> BootAsync(string machine)
    {
        var lines = new List<string>();
        string agent = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(agent, "#!/bin/sh\necho \"agent $0 $# $1 $2\"\n");
            LabRun run = await new Lab(new LabOptions()).RunAsync(
                LabCatalog.Find(machine)!,
                new LabCommand
                {
                    Arguments = ["/bin/sh", "-c", Script],
                    AgentPath = agent,
                    Files = new Dictionary<string, byte[]> { ["placed"] = "placed\n"u8.ToArray(), ["untouched"] = "x"u8.ToArray() },
                    Timeout = TimeSpan.FromMinutes(4),
                    OnOutput = line =>
                    {
                        lock (lines)
                        {
                            lines.Add(line);
                        }
                    },
                },
                CancellationToken.None);
            return new Observed(run, lines);
        }
        finally
        {
            File.Delete(agent);
        }
    }
}
