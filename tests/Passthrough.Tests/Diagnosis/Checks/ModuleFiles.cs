using Passthrough.Host.Evidence;
using Passthrough.Host.Kernel;
using Passthrough.Host.Model;

namespace Passthrough.Tests.Diagnosis.Checks;

/// <summary>Machines with module configuration.</summary>
internal static class ModuleFiles
{
    /// <summary>One file, and nothing unread.</summary>
    public static HostModel With(this HostModel model, string path, params string[] lines) => model with
    {
        Kernel = model.Kernel with
        {
            ModuleConfiguration = [.. model.Kernel.ModuleConfiguration, new ConfigurationFile(path, Reading.Of<IReadOnlyList<string>>(lines, path))],
            UnreadModuleConfiguration = model.Kernel.UnreadModuleConfiguration ?? [],
        },
    };

    /// <summary>A place that could not be read.</summary>
    public static HostModel Unread(this HostModel model, string path) => model with
    {
        Kernel = model.Kernel with { UnreadModuleConfiguration = [.. model.Kernel.UnreadModuleConfiguration ?? [], Reading.Missing<string>(Outcome.Denied, path)] },
    };
}
