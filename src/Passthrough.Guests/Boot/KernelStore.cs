using System.Text.RegularExpressions;
using CliWrap;
using Passthrough.Guests.Qemu;

namespace Passthrough.Guests.Boot;

/// <summary>
/// Fetches a Debian kernel package once, unpacks it into the cache and finds it there again. The package is unpacked, never
/// installed.
/// </summary>
internal sealed partial class KernelStore(string cacheFolder, IProgress<string>? progress, string series = KernelStore.DefaultSeries)
{
    /// <summary>The series of every machine that does not ask for another.</summary>
    public const string DefaultSeries = "6.12";

    // The number changes with the layout below, so that an older cache is never misread.
    private const string Layout = "kernels-1";

    // What guests load is kept uncompressed: kmod would unpack it in every guest, and Debian 12's first offers the packed file to
    // the kernel, which then logs "Invalid ELF header magic". Only the container changes, the signed module inside does not.
    private static readonly string[] s_plainFolders =
    [
        "kernel/arch/x86/kvm", "kernel/drivers/crypto/ccp", "kernel/drivers/net/ethernet/intel/e1000",
        "kernel/drivers/net/ethernet/intel/e1000e", "kernel/drivers/nvme", "kernel/drivers/vfio", "kernel/drivers/virtio",
        "kernel/fs/9p", "kernel/fs/netfs", "kernel/fs/overlayfs", "kernel/net/9p", "kernel/virt/lib",
    ];

    /// <summary>The kernel in the cache, else the newest that the package lists name.</summary>
    public async Task<LabKernel> GetAsync(CancellationToken cancel)
    {
        if (FindCached() is { } ready)
        {
            return ready;
        }

        string folder = Path.Combine(cacheFolder, Layout);
        try
        {
            Directory.CreateDirectory(folder);
            // Another process may be at the same work: the second waits and then finds what the first made.
            using FolderLock held = await FolderLock.TakeAsync(Path.Combine(folder, ".lock"), cancel).ConfigureAwait(false);
            return FindCached() ?? await FetchAsync(folder, cancel).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LabException(
                $"The guest's kernel cannot be kept in {folder} ({error.Message}); set PTDIAG_CACHE to another folder.", error);
        }
    }

    /// <summary>The finished kernel of the cache that was used last, or null.</summary>
    public LabKernel? FindCached()
    {
        var folder = new DirectoryInfo(Path.Combine(cacheFolder, Layout));
        if (!folder.Exists)
        {
            return null;
        }

        return folder.EnumerateDirectories($"linux-image-{series}.*")
            .OrderByDescending(entry => entry.LastWriteTimeUtc)
            .Select(entry => Open(entry.FullName))
            .FirstOrDefault(kernel => kernel is not null);
    }

    /// <summary>The package of a series that <c>apt-cache depends</c> names, or null. Example: <c>  Depends: linux-image-6.12.117+deb12-amd64</c>.</summary>
    public static string? PackageFrom(string dependencies, string series = DefaultSeries) => PackageLine().Matches(dependencies)
        .Select(match => match.Groups[1].Value).FirstOrDefault(name => name.StartsWith($"linux-image-{series}.", StringComparison.Ordinal));

    private static LabKernel? Open(string folder)
    {
        var modules = new DirectoryInfo(Path.Combine(folder, "lib", "modules"));
        string vmlinux = Path.Combine(folder, "vmlinux");
        return modules.Exists && File.Exists(vmlinux) && modules.EnumerateDirectories().FirstOrDefault() is { } release
            ? new LabKernel(release.Name, folder, vmlinux)
            : null;
    }

    private async Task<LabKernel> FetchAsync(string folder, CancellationToken cancel)
    {
        string package = await ResolveAsync(cancel).ConfigureAwait(false);
        foreach (string left in Directory.EnumerateDirectories(folder, ".partial-*"))
        {
            // The lock is ours, so whoever made these did not live to finish.
            Directory.Delete(left, recursive: true);
        }

        string staging = Path.Combine(folder, ".partial-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(staging);
        try
        {
            progress?.Report($"Fetching {package} (about 110 MB, once)");
            await HostPrograms.RunAsync(
                HostPrograms.Command("apt-get", "-q", "download", package).WithWorkingDirectory(staging),
                "Fetching the guest's kernel",
                cancel).ConfigureAwait(false);
            string archive = Directory.EnumerateFiles(staging, "*.deb").FirstOrDefault()
                ?? throw new LabException($"Fetching the guest's kernel failed: apt-get left no file for {package}.");

            progress?.Report($"Unpacking {package}");
            await HostPrograms.RunAsync(
                HostPrograms.Command("dpkg-deb", "-x", archive, staging), "Unpacking the guest's kernel", cancel).ConfigureAwait(false);
            File.Delete(archive);
            await PrepareAsync(staging, cancel).ConfigureAwait(false);

            string target = Path.Combine(folder, package);
            if (Directory.Exists(target))
            {
                Directory.Delete(target, recursive: true);
            }

            Directory.Move(staging, target);
            return Open(target) ?? throw new LabException($"The package {package} holds no kernel that the lab can use.");
        }
        finally
        {
            if (Directory.Exists(staging))
            {
                Directory.Delete(staging, recursive: true);
            }
        }
    }

    private async Task PrepareAsync(string folder, CancellationToken cancel)
    {
        string release = Directory.EnumerateDirectories(Path.Combine(folder, "lib", "modules")).Select(Path.GetFileName).FirstOrDefault()
            ?? throw new LabException("The kernel package holds no modules.");
        progress?.Report("Unpacking the kernel's image");
        await KernelImage.ExtractAsync(
            Path.Combine(folder, "boot", "vmlinuz-" + release), Path.Combine(folder, "vmlinux"), cancel).ConfigureAwait(false);

        progress?.Report("Unpacking and indexing the kernel's modules");
        await UnpackModulesAsync(Path.Combine(folder, "lib", "modules", release), cancel).ConfigureAwait(false);
        await DepmodAsync(folder, release, cancel).ConfigureAwait(false);
        await MakeTreeWithoutVfioAsync(folder, release, cancel).ConfigureAwait(false);
    }

    private static async Task UnpackModulesAsync(string modules, CancellationToken cancel)
    {
        foreach (string folder in s_plainFolders.Select(name => Path.Combine(modules, name)).Where(Directory.Exists))
        {
            foreach (string packed in Directory.EnumerateFiles(folder, "*.ko.xz", SearchOption.AllDirectories).ToArray())
            {
                byte[] module = await KernelImage.ReadModuleAsync(packed, cancel).ConfigureAwait(false);
                await File.WriteAllBytesAsync(packed[..^".xz".Length], module, cancel).ConfigureAwait(false);
                File.Delete(packed);
            }
        }
    }

    private static async Task MakeTreeWithoutVfioAsync(string folder, string release, CancellationToken cancel)
    {
        // Hard links: the second tree costs folders and index files only.
        string without = Path.Combine(folder, "without-vfio");
        string tree = Path.Combine(without, "lib", "modules");
        Directory.CreateDirectory(tree);
        await HostPrograms.RunAsync(
            HostPrograms.Command("cp", "-al", Path.Combine(folder, "lib", "modules", release), tree),
            "Copying the kernel's modules",
            cancel).ConfigureAwait(false);
        string copy = Path.Combine(tree, release);
        Directory.Delete(Path.Combine(copy, "kernel", "drivers", "vfio"), recursive: true);
        foreach (string index in Directory.EnumerateFiles(copy, "modules.*"))
        {
            string name = Path.GetFileName(index);
            if (name is "modules.order")
            {
                string[] kept = [.. File.ReadLines(index).Where(line => !line.Contains("/vfio/", StringComparison.Ordinal))];
                File.Delete(index);
                File.WriteAllLines(index, kept);
            }
            else if (name is not ("modules.builtin" or "modules.builtin.modinfo"))
            {
                // Made by depmod; unlinked first, so that it does not write into the other tree's file.
                File.Delete(index);
            }
        }

        await DepmodAsync(without, release, cancel).ConfigureAwait(false);
    }

    private static Task<string> DepmodAsync(string root, string release, CancellationToken cancel) =>
        HostPrograms.RunAsync(HostPrograms.Command("depmod", "-b", root, release), "Indexing the guest's modules", cancel);

    private async Task<string> ResolveAsync(CancellationToken cancel)
    {
        if (await AskAsync(cancel).ConfigureAwait(false) is { } known)
        {
            return known;
        }

        progress?.Report("Refreshing the package lists (apt-get update)");
        await HostPrograms.RunAsync(HostPrograms.Command("apt-get", "-q", "update"), "Refreshing the package lists", cancel)
            .ConfigureAwait(false);
        return await AskAsync(cancel).ConfigureAwait(false) ?? throw new LabException(
            $"The package lists name no linux-image-{series} kernel; on Debian 12 6.1 is the release's own, and 6.12 comes with bookworm-security or bookworm-backports.");
    }

    private async Task<string?> AskAsync(CancellationToken cancel)
    {
        // Debian 12 has the first name, Debian 13 the second.
        foreach (string name in (string[])[$"linux-image-{series}-amd64", "linux-image-amd64"])
        {
            var output = new System.Text.StringBuilder();
            await HostPrograms.Command("apt-cache", "depends", name)
                .WithStandardOutputPipe(PipeTarget.ToStringBuilder(output))
                .ExecuteAsync(cancel).ConfigureAwait(false);
            if (PackageFrom(output.ToString(), series) is { } package)
            {
                return package;
            }
        }

        return null;
    }

    [GeneratedRegex(@"^\s*\|?Depends:\s*(linux-image-[0-9]+\.[0-9]+\.[A-Za-z0-9.+~-]+)\s*$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex PackageLine();
}
