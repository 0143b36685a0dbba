using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Guide;
using Passthrough.Diagnosis.Simulation;
using Passthrough.Host.Acpi;
using Passthrough.Host.Bundles;
using Passthrough.Host.Guests;
using Passthrough.Host.Interrupts;
using Passthrough.Host.Iommu;
using Passthrough.Host.Logs;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Reports.Json;

/// <summary>The documents of the machine-readable contract as text; each ends with one newline.</summary>
public static class Documents
{
    // Paths, quotes and arrows stay readable; the text is a file or a terminal's, never part of a page.
    private static readonly DocumentContext _context =
        new(new JsonSerializerOptions(DocumentContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary><c>ptdiag.findings/1</c>.</summary>
    public static string Findings(AuditResult audit, ToolInfo tool) => Write(FindingsDocument.From(audit, tool), _context.FindingsDocument);

    /// <summary><c>ptdiag.findings/1</c> about one guest, with what its definition says.</summary>
    public static string DomainLint(AuditResult audit, GuestDefinition domain, ToolInfo tool) =>
        Write(DomainLintDocument.From(audit, domain, tool), _context.DomainLintDocument);

    /// <summary><c>ptdiag.devices/1</c> of a machine.</summary>
    public static string Devices(HostModel model, IReadOnlyList<PciAddress> only, ToolInfo tool) =>
        Write(DevicesDocument.From(model, only, tool), _context.DevicesDocument);

    /// <summary><c>ptdiag.devices/1</c> of a pasted text.</summary>
    public static string Devices(IReadOnlyList<PciDevice> devices, IReadOnlyList<IommuGroup> groups, IReadOnlyList<Gap> gaps, ToolInfo tool) =>
        Write(DevicesDocument.FromText(devices, groups, gaps, tool), _context.DevicesDocument);

    /// <summary><c>ptdiag.acpi/1</c>.</summary>
    public static string Acpi(DmarTable table, ToolInfo tool) => Write(AcpiDocument.From(table, tool), _context.AcpiDocument);

    /// <summary><c>ptdiag.acpi/1</c>.</summary>
    public static string Acpi(IvrsTable table, ToolInfo tool) => Write(AcpiDocument.From(table, tool), _context.AcpiDocument);

    /// <summary><c>ptdiag.log/1</c>.</summary>
    public static string Log(ClassifiedLog log, ToolInfo tool) => Write(LogDocument.From(log, tool), _context.LogDocument);

    /// <summary><c>ptdiag.interrupts/1</c>.</summary>
    public static string Interrupts(InterruptState state, ToolInfo tool) =>
        Write(InterruptsDocument.From(state, tool), _context.InterruptsDocument);

    /// <summary><c>ptdiag.plan/1</c>.</summary>
    public static string Plan(HostModel model, Diagnosis.Planning.TuningPlan plan, ToolInfo tool) => Write(PlanDocument.From(model, plan, tool), _context.PlanDocument);

    /// <summary>Reads a <c>ptdiag.plan/1</c>. Never throws: what is none gives false and the end of a sentence that says why.</summary>
    public static bool TryReadPlan(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out Diagnosis.Planning.TuningPlan? plan, [NotNullWhen(false)] out string? why) =>
        PlanDocument.TryRead(utf8, out plan, out why);

    /// <summary><c>ptdiag.simulation/1</c>.</summary>
    public static string Simulation(HostModel model, SimulationResult result, ToolInfo tool) =>
        Write(SimulationDocument.From(model, result, tool), _context.SimulationDocument);

    /// <summary><c>ptdiag.bundle-summary/1</c>: what a bundle holds.</summary>
    public static string Bundle(BundleEvidence bundle, ToolInfo tool) => Write(BundleDocument.From(bundle, tool), _context.BundleDocument);

    /// <summary><c>ptdiag.guide/1</c>: what guides get wrong.</summary>
    public static string Guide(IReadOnlyList<GuideError> errors, ToolInfo tool) => Write(GuideDocument.From(errors, tool), _context.GuideDocument);

    private static string Write<T>(T document, JsonTypeInfo<T> type)
    {
        string text = JsonSerializer.Serialize(document, type);
        return new StringBuilder(text.Length + 1).Append(text).Append('\n').ToString();
    }
}
