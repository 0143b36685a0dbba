namespace Passthrough.Guests.Qemu;

/// <summary>The files on this machine that a QEMU command line names.</summary>
/// <param name="Kernel">The ELF kernel.</param>
/// <param name="Initramfs">The initramfs.</param>
/// <param name="Share">The folder the guest writes its result to.</param>
/// <param name="Disks">The folder with <c>disk0.img</c>, <c>disk1.img</c> …</param>
/// <param name="Console">The file for the serial console, or null to use the terminal.</param>
internal sealed record GuestFiles(string Kernel, string Initramfs, string Share, string Disks, string? Console);
