using Passthrough.Host.Memory;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Checks;

/// <summary>What the model tells about memory nodes.</summary>
internal static class NodeFacts
{
    /// <summary>True with one node or a kernel without nodes; null when the nodes are not known.</summary>
    public static bool? IsSingle(HostModel model) => model.Memory.Nodes.IsKnown
        ? model.Memory.Nodes.Value!.Count <= 1
        : model.Memory.Nodes.IsAbsent && IommuFacts.AbsenceIsFact(model) ? true : null;

    /// <summary>The node of a function; null when the kernel says -1, or nothing, or a node that is not there.</summary>
    public static NumaNode? Of(HostModel model, PciDevice device) => device.NumaNode is { IsKnown: true, Value: >= 0 }
        ? model.Memory.AllNodes.FirstOrDefault(node => node.Id == device.NumaNode.Value)
        : null;
}
