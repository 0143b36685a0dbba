using System.Globalization;
using Passthrough.Diagnosis;
using Passthrough.Host.Guests;

namespace Passthrough.Reports.Json;

/// <summary><c>ptdiag.findings/1</c> about one guest, with the key <c>domain</c>.</summary>
internal sealed record DomainLintDocument(
    string Schema, ToolInfo Tool, string JudgedOn, FindingsHost Host, FindingsSummary Summary, string Ready, FindingsIommu Iommu,
    FindingsCause? Cause, IReadOnlyList<FindingEntry> Findings, IReadOnlyList<GapEntry> Gaps, DomainEntry Domain)
{
    /// <summary>The document of one judgement.</summary>
    public static DomainLintDocument From(AuditResult audit, GuestDefinition domain, ToolInfo tool)
    {
        FindingsDocument all = FindingsDocument.From(audit, tool);
        return new DomainLintDocument(all.Schema, all.Tool, all.JudgedOn, all.Host, all.Summary, all.Ready, all.Iommu, all.Cause, all.Findings, all.Gaps,
            DomainEntry.From(domain));
    }
}

internal sealed record DomainDeviceEntry(string Address, string? Managed, string? GuestAddress)
{
    public static DomainDeviceEntry From(GuestDevice device) => new(device.Address.ToString(), device.Managed, device.GuestAddress);
}

internal sealed record DomainMemoryEntry(int? Cell, string? Mode, string? Nodeset, string? Placement);

internal sealed record DomainIommuEntry(string? Model, string? Intremap, string? CachingMode, string? Iotlb, string? Eim, string? AwBits);

internal sealed record DomainEntry(string? Name, string? Machine, long? MemoryBytes, int? Vcpus, bool Hugepages, bool MemoryLocked,
    IReadOnlyList<DomainDeviceEntry> HostDevices, IReadOnlyList<DomainDeviceEntry> HostInterfaces, IReadOnlyList<string> CommandLineDevices,
    IReadOnlyDictionary<string, string> VcpuPins, string? EmulatorPin, IReadOnlyList<DomainMemoryEntry> Numatune, DomainIommuEntry? Iommu, bool? KvmHidden)
{
    /// <summary>What the definition says; machine, managed and lists of CPUs as written.</summary>
    public static DomainEntry From(GuestDefinition domain) => new(domain.Name, domain.Machine, domain.MemoryBytes, domain.Vcpus, domain.UsesHugePages, domain.IsMemoryLocked,
        [.. domain.HostDevices.Select(DomainDeviceEntry.From)], [.. domain.HostInterfaces.Select(DomainDeviceEntry.From)],
        [.. domain.CommandLineDevices.Select(device => device.Address.ToString())],
        domain.VcpuPins.ToDictionary(pin => pin.Key.ToString(CultureInfo.InvariantCulture), pin => pin.Value), domain.EmulatorPin,
        [.. domain.NumaTune.Select(policy => new DomainMemoryEntry(policy.Cell, policy.Mode, policy.Nodeset, policy.Placement))],
        domain.Iommu is { } iommu ? new DomainIommuEntry(iommu.Model, iommu.Intremap, iommu.CachingMode, iommu.Iotlb, iommu.Eim, iommu.AwBits) : null, domain.IsKvmHidden);
}
