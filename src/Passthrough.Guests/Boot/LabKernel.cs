namespace Passthrough.Guests.Boot;

/// <summary>A guest kernel that lies ready in the cache.</summary>
/// <param name="Release">As <c>uname -r</c> says it.</param>
/// <param name="Folder">The unpacked package: <c>boot/</c> and <c>lib/modules/</c>.</param>
/// <param name="Vmlinux">The uncompressed ELF kernel.</param>
internal sealed record LabKernel(string Release, string Folder, string Vmlinux)
{
    /// <summary>The folder that a guest gets as <c>/lib/modules</c>.</summary>
    public string ModulesFolder => Path.Combine(Folder, "lib", "modules");

    /// <summary>The same without VFIO, index files included.</summary>
    public string ModulesFolderWithoutVfio => Path.Combine(Folder, "without-vfio", "lib", "modules");
}
