using Passthrough.Diagnosis.Planning;
using Passthrough.Host.Model;

namespace Passthrough.Reports.Json;

/// <summary><c>ptdiag.plan/1</c>: what to change, why, and the way back.</summary>
internal sealed record PlanDocument(string Schema, ToolInfo Tool, string Source, IReadOnlyList<PlanStepEntry> Steps, IReadOnlyList<string> Notes)
{
    /// <summary>The document of a plan.</summary>
    public static PlanDocument From(HostModel model, TuningPlan plan, ToolInfo tool) => new("ptdiag.plan/1", tool, Words.Of(model.Source),
        [.. plan.Steps.Select(step => new PlanStepEntry(step.Title, step.Current, step.Wanted, step.Reasons, step.Risk, step.AtBoot ? "boot" : "now", step.Undo,
            [.. step.Actions.Select(PlanActionEntry.From)]))], plan.Notes);
}

internal sealed record PlanStepEntry(string Title, string Current, string Wanted, IReadOnlyList<string> Reasons, string Risk, string TakesEffect, string Undo, IReadOnlyList<PlanActionEntry> Actions);

internal sealed record PlanActionEntry(string Kind, string? Path, string? Value, string? Before, string? Address, string? Driver, IReadOnlyList<string>? Add, IReadOnlyList<string>? Remove, IReadOnlyList<string>? Command)
{
    public static PlanActionEntry From(PlanAction action) => action switch
    {
        PlanAction.KernelValue write => new("kernelValue", write.Path, write.Value, write.Before, null, null, null, null, null),
        PlanAction.Bind bind => new("bind", null, null, bind.From, bind.Address.ToString(), bind.Driver, null, null, null),
        PlanAction.EditCommandLine edit => new("editCommandLine", edit.Path, edit.After, edit.Before, null, null, edit.Change.Add, edit.Change.Remove, null),
        PlanAction.NewFile file => new("newFile", file.Path, file.Content, null, null, null, null, null, null),
        PlanAction.RunTool tool => new("runTool", null, null, null, null, null, null, null, tool.Words),
        _ => throw new ArgumentOutOfRangeException(nameof(action)),
    };
}
