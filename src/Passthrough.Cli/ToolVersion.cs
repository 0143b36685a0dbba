using System.Reflection;
using Passthrough.Reports.Json;
using Passthrough.Results;

namespace Passthrough.Cli;

/// <summary>The tool's name and version.</summary>
internal static class ToolVersion
{
    /// <summary>Version without build metadata.</summary>
    public static string Text { get; } =
        typeof(ToolVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    /// <summary>For the contract's documents.</summary>
    public static ToolInfo Info { get; } = new("ptdiag", Text);

    /// <summary>For results.</summary>
    public static ToolIdentity Identity { get; } = new("ptdiag", Text);
}
