using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis;

/// <summary>Which functions group and device checks judge.</summary>
public static class Candidates
{
    /// <summary>The functions the user named.</summary>
    public static IReadOnlyList<PciDevice> Of(HostModel model, AuditOptions options) =>
        [.. model.Pci.All.Where(device => options.Devices.Contains(device.Address))];
}
