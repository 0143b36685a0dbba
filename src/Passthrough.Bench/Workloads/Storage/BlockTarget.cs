using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Storage;

/// <summary>What is read or written: a block device or a regular file, and where its witnesses stand.</summary>
/// <param name="Path">As it is opened.</param>
/// <param name="Bytes">Size.</param>
/// <param name="LogicalBlock">What offset and size of a direct read are multiples of, bytes.</param>
internal sealed record BlockTarget(string Path, long Bytes, int LogicalBlock)
{
    /// <summary>A regular file; else a block device.</summary>
    public bool IsFile { get; init; }

    /// <summary>Kernel name of the block device, or of the one that the file lies on; null when sysfs does not tell.</summary>
    public string? KernelName { get; init; }

    /// <summary>"major:minor" of that device; null when it is not known.</summary>
    public string? Number { get; init; }

    /// <summary>NVMe controller that serves it, nvme0, which its interrupts carry; null when it is none.</summary>
    public string? Controller { get; init; }

    /// <summary>The PCI function behind it; null when there is none or sysfs does not tell.</summary>
    public PciAddress? Function { get; init; }

    /// <summary>Finds what a parameter names: the path of a block device or file, a PCI function, or "first" for the first NVMe namespace.</summary>
    public static BlockTarget Find(ISystemCalls system, string wanted)
    {
        if (wanted == ParameterSet.First || PciAddress.TryParse(wanted, out _))
        {
            return Of(system, NvmeNamespace.Find(system, wanted));
        }

        if (!wanted.StartsWith('/'))
        {
            throw new BenchException($"\"{wanted}\" is neither the full path of a block device or file, nor the PCI address of an NVMe function, nor \"first\".");
        }

        int result = system.Status(wanted, out PathStatus status);
        if (result < 0)
        {
            throw Failure.Of("statx", wanted, result, result == -Errno.ENOENT ? "it does not exist; name a block device or a file that is there" : null);
        }

        return status.Type switch
        {
            FileType.BlockDevice => Device(system, wanted, status),
            FileType.Regular => File(system, wanted, status),
            _ => throw new BenchException($"{wanted} is neither a block device nor a regular file."),
        };
    }

    /// <summary>An NVMe namespace of the kernel's driver.</summary>
    public static BlockTarget Of(ISystemCalls system, NvmeNamespace found) => new(found.Path, found.Bytes, found.LogicalBlock)
    {
        KernelName = found.Path["/dev/".Length..],
        Number = system.ReadText($"/sys/class/block/{found.Path["/dev/".Length..]}/dev")?.Trim(),
        Controller = found.Controller,
        Function = found.Function,
    };

    /// <summary>Reads and writes that the kernel has completed on the device; null when they are not counted. Source: Documentation/admin-guide/iostats.rst.</summary>
    public (long Reads, long Writes)? Completed(ISystemCalls system)
    {
        // With iostats off the counters stand still, which would look like a cache that answered everything.
        if (Number is not { } number || Queue(system, number, "iostats") == 0)
        {
            return null;
        }

        string[] words = (system.ReadText($"/sys/dev/block/{number}/stat") ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words.Length >= 11
            && long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out long reads)
            && long.TryParse(words[4], NumberStyles.None, CultureInfo.InvariantCulture, out long writes)
            ? (reads, writes) : null;
    }

    /// <summary>The DMA domain of the function's group (DMA, DMA-FQ, identity …); "" without a group; null when it could not be read.</summary>
    public string? DomainType(ISystemCalls system)
    {
        if (Function is not { } function)
        {
            return null;
        }

        int result = system.ReadLink($"/sys/bus/pci/devices/{function}/iommu_group", out string target);
        return result == 0
            ? system.ReadText($"/sys/kernel/iommu_groups/{target[(target.LastIndexOf('/') + 1)..]}/type")?.Trim()
            : result == -Errno.ENOENT ? "" : null;
    }

    private static BlockTarget Device(ISystemCalls system, string path, PathStatus status)
    {
        string folder = "/sys/dev/block/" + status.Number;
        // The size file counts units of 512 bytes whatever the device's own block is.
        long bytes = system.ReadNumber(folder + "/size") * 512
            ?? throw new BenchException($"the size of {path} could not be read from {folder}/size.");
        int block = (int)(Queue(system, status.Number, "logical_block_size") ?? 512);
        return Behind(system, new BlockTarget(path, bytes, block) { Number = status.Number });
    }

    private static BlockTarget File(ISystemCalls system, string path, PathStatus status)
    {
        // What stands in no block is answered from memory, without the device.
        if (status.AllocatedBytes < status.Bytes)
        {
            throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                $"{path} has holes ({status.AllocatedBytes} of {status.Bytes} bytes are on the medium): write all of it first, since a hole is read without the device."));
        }

        return Behind(system, new BlockTarget(path, status.Bytes, status.DirectAlignment ?? 512) { IsFile = true, Number = status.Number });
    }

    // The link ends in the device's folder, for example ../../devices/pci0000:00/0000:00:1f.2/ata1/host0/…/block/sda/sda1.
    private static BlockTarget Behind(ISystemCalls system, BlockTarget target)
    {
        if (system.ReadLink("/sys/dev/block/" + target.Number, out string link) != 0)
        {
            return target;
        }

        string[] parts = link.Split('/');
        PciAddress? function = null;
        foreach (string part in parts)
        {
            function = PciAddress.TryParse(part, out PciAddress address) ? address : function;
        }

        NvmeNamespace? found = NvmeNamespace.Behind(system, parts[^1]);
        return target with { KernelName = parts[^1], Controller = found?.Controller, Function = found?.Function ?? function };
    }

    // A partition has no queue of its own; that of its disk is one folder up.
    private static long? Queue(ISystemCalls system, string number, string name) =>
        system.ReadNumber($"/sys/dev/block/{number}/queue/{name}") ?? system.ReadNumber($"/sys/dev/block/{number}/../queue/{name}");
}
