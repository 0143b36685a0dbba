using Passthrough.Host.Logs;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis.Checks;

/// <summary>IRQ-002: the local APICs run in x2APIC mode where it matters.</summary>
internal sealed class Irq002X2Apic : Check
{
    /// <inheritdoc />
    public override string Id => "IRQ-002";

    /// <inheritdoc />
    public override string Title => "x2APIC mode is on where it matters";

    /// <inheritdoc />
    public override Section Section => Section.Interrupts;

    /// <inheritdoc />
    public override Severity Severity => Severity.Medium;

    /// <inheritdoc />
    public override string Explanation =>
        "In x2APIC mode more than 255 CPUs can be interrupted, and interrupt remapping can send to all of them. Firmware can ask the kernel not to use it (x2APIC opt-out): a request and no error. "
        + "On smaller machines xAPIC mode works; posted interrupts and AVIC have modes for both.";

    /// <inheritdoc />
    public override string Criteria =>
        "Pass when the kernel log says that x2APIC is on. Warn when it says xAPIC on a machine with more than 255 CPUs; note on a smaller one. Not applicable off x86, or where the CPU does not show x2APIC. Else Unknown.";

    /// <inheritdoc />
    public override IReadOnlyList<string> References => ["Linux: drivers/iommu/intel/irq_remapping.c", "Linux: arch/x86/kernel/apic/apic.c", "Intel VT-d specification, section 5.1.5 (x2APIC)"];

    /// <inheritdoc />
    public override IReadOnlyList<Remedy> Remedies => [new("Switch x2APIC on and its opt-out off in the firmware setup. intremap=no_x2apic_optout overrules the request, as a test.")];

    /// <inheritdoc />
    public override IEnumerable<Finding> Examine(Subjects subjects)
    {
        HostModel model = subjects.Model;
        Citation flags = Quote.Of(model.Cpu.VendorId);
        if (model.Cpu.Vendor == "arm")
        {
            yield return Make(Verdict.NotApplicable, "host", "Arm has no APIC.", [flags]);
            yield break;
        }

        LogEvent? said = model.Log.Content.IsKnown ? model.Log.Content.Value!.Events.LastOrDefault(line => Mode(line) is not null) : null;
        if (said is not null && Mode(said) == true)
        {
            yield return Make(Verdict.Pass, "host", "The kernel uses x2APIC mode.", [Quote.Of(model.Log, said)]);
        }
        else if (said is not null && !model.Cpu.Online.IsKnown)
        {
            yield return Make(Verdict.Unknown, "host", $"The kernel uses xAPIC mode; whether that matters depends on the number of CPUs. {Quote.Unseen(model.Cpu.Online)}", [Quote.Of(model.Log, said)]);
        }
        else if (said is not null)
        {
            yield return model.Cpu.Online.Value!.Count > 255
                ? Make(Verdict.Warn, "host", FormattableString.Invariant($"The kernel uses xAPIC mode on {model.Cpu.Online.Value.Count} CPUs: interrupts reach the first 255 only."), [Quote.Of(model.Log, said), Quote.Of(model.Cpu.Online)], Remedies)
                : Make(Verdict.Note, "host", "The kernel uses xAPIC mode, which is enough for this number of CPUs.", [Quote.Of(model.Log, said), Quote.Of(model.Cpu.Online)]);
        }
        else if (model.Cpu.HasFlag("x2apic") == false && model.Cpu.Vendor is not null && model.Log.IsComplete)
        {
            yield return Make(Verdict.NotApplicable, "host", "The CPU shows no x2APIC.", [flags]);
        }
        else
        {
            yield return Make(Verdict.Unknown, "host", "Whether x2APIC mode is on is not known: the kernel log has no line about it, or was not read. Read the kernel log from the boot on, as root, to know: it names the mode.", [Quote.Of(model.Log.Content) with { Excerpt = null }]);
        }
    }

    /// <summary>True for a line that says x2APIC mode, false for xAPIC mode, null for any other.</summary>
    private static bool? Mode(LogEvent line) => line.Kind switch
    {
        LogEventKind.X2Apic when line.Text.Contains("x2apic enabled", StringComparison.OrdinalIgnoreCase) || line.Text.Contains("x2apic: enabled by BIOS", StringComparison.OrdinalIgnoreCase) => true,
        LogEventKind.X2Apic or LogEventKind.InterruptRemappingOn when line.Text.Contains("x2apic mode", StringComparison.OrdinalIgnoreCase) && !line.Text.Contains("doesn't", StringComparison.Ordinal) => true,
        LogEventKind.InterruptRemappingOn when line.Text.Contains("xapic mode", StringComparison.OrdinalIgnoreCase) => false,
        _ => null,
    };
}
