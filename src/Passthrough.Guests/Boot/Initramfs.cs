using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Passthrough.Guests.Qemu;

namespace Passthrough.Guests.Boot;

/// <summary>Builds the guest's initramfs: busybox, the two scripts and the modules that reach the host's root.</summary>
internal static class Initramfs
{
    // virtio_pci is built into Debian's 6.12 and a module elsewhere; what is built in is not in modules.dep.
    private static readonly string[] s_earlyModules = ["virtio_pci", "9p", "9pnet_virtio", "overlay"];

    private static readonly string[] s_folders = ["bin", "dev", "proc", "sys", "modules", "lower", "upper", "new"];

    /// <summary>The file in the cache for this kernel, these scripts and this busybox; built when it is not there.</summary>
    public static async Task<string> GetAsync(LabKernel kernel, CancellationToken cancel)
    {
        string busyboxPath = HostPrograms.Find("busybox") ?? throw new LabException("The program busybox was not found.");
        byte[] busybox = await File.ReadAllBytesAsync(busyboxPath, cancel).ConfigureAwait(false);
        byte[] init = Resource("guest-init.sh");
        byte[] run = Resource("guest-run.sh");
        string key = Key(busybox, init, run, Encoding.UTF8.GetBytes(string.Join(' ', s_earlyModules)));
        string target = Path.Combine(kernel.Folder, $"initramfs-{key}.cpio");
        if (File.Exists(target))
        {
            return target;
        }

        string modules = Path.Combine(kernel.ModulesFolder, kernel.Release);
        string text = await File.ReadAllTextAsync(Path.Combine(modules, "modules.dep"), cancel).ConfigureAwait(false);
        IReadOnlyList<string> files = ModuleDependencies.Parse(text).InLoadOrder(s_earlyModules, out _);

        var archive = new CpioArchive();
        foreach (string folder in s_folders)
        {
            archive.AddDirectory(folder);
        }

        archive.AddFile("bin/busybox", busybox, executable: true);
        archive.AddFile("init", init, executable: true);
        archive.AddFile("guest-run.sh", run, executable: false);
        var list = new StringBuilder();
        foreach (string file in files)
        {
            string name = ModuleDependencies.NameOf(file) + ".ko";
            byte[] module = await KernelImage.ReadModuleAsync(Path.Combine(modules, file), cancel).ConfigureAwait(false);
            archive.AddFile("modules/" + name, module, executable: false);
            list.Append(name).Append('\n');
        }

        archive.AddFile("modules/list", Encoding.UTF8.GetBytes(list.ToString()), executable: false);

        // Renamed into place: a guest of another process never starts from half a file.
        string partial = target + "." + Guid.NewGuid().ToString("N");
        await File.WriteAllBytesAsync(partial, archive.ToArray(), cancel).ConfigureAwait(false);
        File.Move(partial, target, overwrite: true);
        return target;
    }

    private static byte[] Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The resource {name} is not in the program.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static string Key(params byte[][] parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] part in parts)
        {
            // Length first, so that two different cuts of the same bytes differ.
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
