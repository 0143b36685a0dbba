using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Simulation;

/// <summary>Which of the host's uses it cannot do without.</summary>
internal static class HostNeeds
{
    private const string MountedAt = "mounted at ";
    private static readonly string[] _folders = ["/boot", "/efi", "/usr", "/var", "/etc", "/nix", "/sysroot", "/ostree"];

    /// <summary>True for what the host runs on: its system's file systems, swap, the default route.</summary>
    public static bool IsBootCritical(string use)
    {
        if (!use.StartsWith(MountedAt, StringComparison.Ordinal))
        {
            return use == "swap" || use.StartsWith("default route", StringComparison.Ordinal);
        }

        string target = use[MountedAt.Length..];
        return target == "/" || Array.Exists(_folders, folder => target == folder || target.StartsWith(folder + "/", StringComparison.Ordinal));
    }

    /// <summary>
    /// True for the video function of a management controller, whose loss ends its remote console: ASPEED, and Matrox G200 in its server
    /// variants.
    /// </summary>
    public static bool IsManagementVideo(PciDevice device) => device.Class is { } code && code >> 8 == 0x03
        && device is { VendorId.IsKnown: true, DeviceId.IsKnown: true }
        && (device.VendorId.Value == 0x1a03 || (device.VendorId.Value == 0x102b && device.DeviceId.Value is 0x0522 or 0x0524 or (>= 0x0530 and <= 0x0538)));
}
