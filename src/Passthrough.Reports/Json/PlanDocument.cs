using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Passthrough.Diagnosis.Planning;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Reports.Json;

/// <summary><c>ptdiag.plan/1</c>: what to change, why, and the way back. Written for people and programs, and read again to be applied.</summary>
internal sealed record PlanDocument(string Schema, ToolInfo Tool, string Source, IReadOnlyList<PlanStepEntry> Steps, IReadOnlyList<string> Notes)
{
    private const string Name = "ptdiag.plan/1";

    /// <summary>The document of a plan.</summary>
    public static PlanDocument From(HostModel model, TuningPlan plan, ToolInfo tool) => new(Name, tool, Words.Of(model.Source),
        [.. plan.Steps.Select(step => new PlanStepEntry(step.Title, step.Current, step.Wanted, step.Reasons, step.Risk, step.AtBoot ? "boot" : "now", step.Undo,
            [.. step.Actions.Select(PlanActionEntry.From)]))], plan.Notes);

    /// <summary>Reads a plan. Never throws: what is none gives false and the end of a sentence that says why.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out TuningPlan? plan, [NotNullWhen(false)] out string? why)
    {
        plan = null;
        try
        {
            if (JsonSerializer.Deserialize(utf8, DocumentContext.Default.PlanDocument) is not { } document || document.Schema != Name)
            {
                why = $"it is not of the schema {Name}";
                return false;
            }

            plan = new TuningPlan([.. (document.Steps ?? []).Select(Step)], document.Notes ?? []);
            why = null;
            return true;
        }
        catch (Exception error) when (error is JsonException or FormatException or ArgumentException)
        {
            why = error.Message.TrimEnd('.');
            return false;
        }
    }

    private static PlanStep Step(PlanStepEntry? step) => step is { Title: not null, Current: not null, Wanted: not null, Reasons: not null, Actions: not null }
        ? new PlanStep
        {
            Title = step.Title,
            Current = step.Current,
            Wanted = step.Wanted,
            Reasons = step.Reasons,
            Risk = step.Risk ?? "",
            AtBoot = step.TakesEffect == "boot",
            Undo = step.Undo ?? "",
            Actions = [.. step.Actions.Select(action => (action ?? throw new FormatException("a step holds an action that is null")).ToAction())],
        }
        : throw new FormatException("a step lacks its title, what is now and wanted, its reasons or its actions");
}

internal sealed record PlanStepEntry(string Title, string Current, string Wanted, IReadOnlyList<string> Reasons, string Risk, string TakesEffect, string Undo, IReadOnlyList<PlanActionEntry> Actions);

internal sealed record PlanActionEntry(string Kind, string? Path, string? Value, string? Before, string? Address, string? Driver, IReadOnlyList<string>? Add, IReadOnlyList<string>? Remove,
    IReadOnlyList<string>? Command, string? Form = null, string? OverrideBefore = null, IReadOnlyList<string>? UndoCommand = null)
{
    public static PlanActionEntry From(PlanAction action) => action switch
    {
        PlanAction.KernelValue write => new("kernelValue", write.Path, write.Value, write.Before, null, null, null, null, null),
        PlanAction.Bind bind => new("bind", null, null, bind.From, bind.Address.ToString(), bind.Driver, null, null, null, OverrideBefore: bind.OverrideBefore),
        PlanAction.EditCommandLine edit => new("editCommandLine", edit.Path, edit.After, edit.Before, null, null, edit.Change.Add, edit.Change.Remove, null, Form: Forms[(int)edit.Kind]),
        PlanAction.EditLine edit => new("editLine", edit.Path, edit.Replacement, edit.Line, null, null, null, null, null),
        PlanAction.GroupDomain group => new("groupDomain", $"/sys/kernel/iommu_groups/{group.Group}/type", group.Type, group.Before, null, null, null, null, null),
        PlanAction.NewFile file => new("newFile", file.Path, file.Content, null, null, null, null, null, null),
        PlanAction.SetMode mode => new("setMode", mode.Path, Plans.PlanText.Octal(mode.Mode), Plans.PlanText.Octal(mode.Before), null, null, null, null, null),
        PlanAction.RunTool tool => new("runTool", null, null, null, null, null, tool.Change?.Add, tool.Change?.Remove, tool.Words, UndoCommand: tool.UndoWords),
        _ => throw new ArgumentOutOfRangeException(nameof(action)),
    };

    private static string[] Forms { get; } = ["grubDefaults", "kernelCommandLine", "loaderEntry"];

    public PlanAction ToAction() => Kind switch
    {
        "kernelValue" => new PlanAction.KernelValue(Of(Path, "path"), Of(Value, "value"), Of(Before, "before")),
        "bind" => new PlanAction.Bind(PciAddress.TryParse(Of(Address, "address"), out PciAddress address) ? address : throw new FormatException($"'{Address}' is no PCI address"),
            Of(Driver, "driver"), Before, OverrideBefore),
        "editCommandLine" => new PlanAction.EditCommandLine(Of(Path, "path"),
            Array.IndexOf(Forms, Form) is var form and >= 0 ? (BootFileKind)form : throw new FormatException("an edit of a command line lacks its form"),
            new CommandLineChange(Words(Add, "add"), Words(Remove, "remove")), Before, Value),
        "editLine" => new PlanAction.EditLine(Of(Path, "path"), Before, Of(Value, "value")),
        "groupDomain" => new PlanAction.GroupDomain(Of(Path, "path").Split('/') is ["", "sys", "kernel", "iommu_groups", var group, "type"] ? group : throw new FormatException($"{Path} is no type of a group"),
            Of(Value, "value"), Of(Before, "before")),
        "newFile" => new PlanAction.NewFile(Of(Path, "path"), Of(Value, "value")),
        "setMode" => new PlanAction.SetMode(Of(Path, "path"), Mode(Of(Value, "value")), Mode(Of(Before, "before"))),
        "runTool" => new PlanAction.RunTool(Words(Command, "command"), UndoCommand is null ? null : Words(UndoCommand, "undoCommand"))
        {
            Change = Add is null && Remove is null ? null : new CommandLineChange(Words(Add ?? [], "add"), Words(Remove ?? [], "remove")),
        },
        _ => throw new FormatException($"an action is of the kind '{Kind}', which this version does not know"),
    };

    private static UnixFileMode Mode(string text) => text.Length is > 0 and < 6 && text.All(letter => letter is >= '0' and <= '7')
        ? (UnixFileMode)Convert.ToInt32(text, 8)
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"'{text}' are no permissions in octal"));

    private string Of(string? value, string name) => value ?? throw new FormatException($"an action of the kind {Kind} lacks its {name}");

    private IReadOnlyList<string> Words(IReadOnlyList<string>? value, string name) =>
        value is not null && value.All(word => word is not null) ? value : throw new FormatException($"an action of the kind {Kind} lacks its {name}");
}
