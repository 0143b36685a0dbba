using System.Globalization;
using System.Text;
using Passthrough.Diagnosis.Planning;

namespace Passthrough.Reports.Plans;

/// <summary>A plan as a person reads it.</summary>
public static class PlanText
{
    /// <summary>The text.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="source">The machine, as a person reads it.</param>
    /// <param name="isApplied">It is about to be applied; else it is said that nothing was changed.</param>
    public static string Render(TuningPlan plan, string source, bool isApplied = false)
    {
        string unchanged = isApplied ? "" : " Nothing was changed.";
        var text = new StringBuilder();
        int now = plan.Steps.Count(step => !step.AtBoot);
        text.Append(plan.Steps.Count == 0
            ? $"No step is planned for {source}.{unchanged}\n"
            : string.Create(CultureInfo.InvariantCulture, $"Plan for {source}: {Count(now, "step")} at once, {plan.Steps.Count - now} at the next boot.{unchanged}\n"));
        int number = 0;
        foreach (PlanStep step in plan.Steps)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{++number}. {step.Title} ({(step.AtBoot ? "at the next boot" : "at once")}): {string.Join(", ", step.Reasons)}\n");
            text.Append("   now:    ").Append(step.Current).Append('\n');
            text.Append("   wanted: ").Append(step.Wanted).Append('\n');
            text.Append("   risk:   ").Append(step.Risk).Append('\n');
            text.Append("   undo:   ").Append(step.Undo).Append('\n');
            foreach (PlanAction action in step.Actions)
            {
                text.Append("   does:   ").Append(Sentence(action)).Append('\n');
            }
        }

        if (plan.Notes.Count > 0)
        {
            text.Append("\nNot planned:\n");
            foreach (string note in plan.Notes)
            {
                text.Append("  ").Append(note).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>What an action does, in one line.</summary>
    public static string Sentence(PlanAction action) => action switch
    {
        PlanAction.KernelValue write => $"writes '{write.Value}' to {write.Path} (it holds '{write.Before}')",
        PlanAction.Bind bind => $"loads {bind.Driver} where it is not, sets driver_override of {bind.Address} to {bind.Driver}, {(bind.From is null ? "" : $"unbinds it from {bind.From}, ")}and has it probed",
        PlanAction.EditCommandLine edit => $"edits {edit.Path}: "
            + string.Join(", ", edit.Change.Remove.Select(token => "takes out " + token).Concat(edit.Change.Add.Select(token => "adds " + token))),
        PlanAction.EditLine { Line: null } edit => $"adds the line '{edit.Replacement}' to {edit.Path}",
        PlanAction.EditLine edit => $"edits {edit.Path}: '{edit.Line}' becomes '{edit.Replacement}'",
        PlanAction.GroupDomain group => $"unbinds the drivers of group {group.Group}, writes '{group.Type}' to its type (it holds '{group.Before}'), and binds them again",
        PlanAction.SetMode mode => $"sets the permissions of {mode.Path} to {Octal(mode.Mode)} (they are {Octal(mode.Before)})",
        PlanAction.NewFile file => $"writes {file.Path}",
        PlanAction.RunTool tool => "runs " + string.Join(' ', tool.Words),
        _ => throw new ArgumentOutOfRangeException(nameof(action)),
    };

    internal static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0');

    private static string Count(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
