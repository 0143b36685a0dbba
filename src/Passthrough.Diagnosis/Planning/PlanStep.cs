using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Planning;

/// <summary>What to change on a machine, in the order in which it is to be done.</summary>
/// <param name="Steps">The steps.</param>
/// <param name="Notes">What is wrong and has no step, and why; each a sentence.</param>
public sealed record TuningPlan(IReadOnlyList<PlanStep> Steps, IReadOnlyList<string> Notes);

/// <summary>One change with its reason and the way back.</summary>
public sealed record PlanStep
{
    /// <summary>What it changes.</summary>
    public required string Title { get; init; }

    /// <summary>How it is now, as a person reads it.</summary>
    public required string Current { get; init; }

    /// <summary>How it is to be.</summary>
    public required string Wanted { get; init; }

    /// <summary>The checks that ask for it.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>What can go wrong.</summary>
    public required string Risk { get; init; }

    /// <summary>It takes effect at the next boot; else at once, and until the next boot.</summary>
    public required bool AtBoot { get; init; }

    /// <summary>How it is taken back, as a person reads it.</summary>
    public required string Undo { get; init; }

    /// <summary>What is done, in order.</summary>
    public required IReadOnlyList<PlanAction> Actions { get; init; }
}

/// <summary>One thing that a step does.</summary>
public abstract record PlanAction
{
    private PlanAction()
    {
    }

    /// <summary>Writes one value to one file of the kernel.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Value">The text.</param>
    /// <param name="Before">What it holds now.</param>
    public sealed record KernelValue(string Path, string Value, string Before) : PlanAction;

    /// <summary>Hands a function to a driver by driver_override and drivers_probe.</summary>
    /// <param name="Address">The function.</param>
    /// <param name="Driver">The driver.</param>
    /// <param name="From">The driver it is on now; null for none.</param>
    /// <param name="OverrideBefore">Its driver_override now; null for none.</param>
    public sealed record Bind(PciAddress Address, string Driver, string? From, string? OverrideBefore) : PlanAction;

    /// <summary>Edits the kernel command line in a file.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Kind">Its form.</param>
    /// <param name="Change">The change.</param>
    /// <param name="Before">The whole text of the file now; null where it was not read.</param>
    /// <param name="After">The whole text that it is to have; null where it was not read.</param>
    public sealed record EditCommandLine(string Path, BootFileKind Kind, CommandLineChange Change, string? Before = null, string? After = null) : PlanAction;

    /// <summary>Replaces each line of a file that equals the given one, or adds a line at the end where it is missing.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Line">The line as it stands there, without its line feed; null to add one.</param>
    /// <param name="Replacement">What is to stand there.</param>
    public sealed record EditLine(string Path, string? Line, string Replacement) : PlanAction;

    /// <summary>Changes the default domain of a group, with the drivers of its functions unbound meanwhile.</summary>
    /// <param name="Group">The group's number.</param>
    /// <param name="Type">DMA, DMA-FQ or identity.</param>
    /// <param name="Before">The type now.</param>
    public sealed record GroupDomain(string Group, string Type, string Before) : PlanAction;

    /// <summary>Sets the permissions of a node below /dev.</summary>
    /// <param name="Path">The node.</param>
    /// <param name="Mode">The permissions.</param>
    /// <param name="Before">The permissions now.</param>
    public sealed record SetMode(string Path, UnixFileMode Mode, UnixFileMode Before) : PlanAction;

    /// <summary>Writes a file that was not there.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Content">Its content.</param>
    public sealed record NewFile(string Path, string Content) : PlanAction;

    /// <summary>Starts a program of the boot loader.</summary>
    /// <param name="Words">Program and arguments.</param>
    /// <param name="UndoWords">Program and arguments that take it back; null where it makes its files anew from what was edited before it.</param>
    public sealed record RunTool(IReadOnlyList<string> Words, IReadOnlyList<string>? UndoWords = null) : PlanAction
    {
        /// <summary>What it changes of the command line, where it edits that itself; null else.</summary>
        public CommandLineChange? Change { get; init; }
    }
}

/// <summary>The form of a file that holds a kernel command line.</summary>
public enum BootFileKind
{
    /// <summary>/etc/default/grub and its drop-in files.</summary>
    GrubDefaults,

    /// <summary>/etc/kernel/cmdline.</summary>
    KernelCommandLine,

    /// <summary>A Boot Loader Specification entry.</summary>
    LoaderEntry,
}
