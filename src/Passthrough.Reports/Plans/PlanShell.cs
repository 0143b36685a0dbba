using System.Globalization;
using System.Text;
using Passthrough.Diagnosis.Planning;
using Passthrough.Reports.Formats;

namespace Passthrough.Reports.Plans;

/// <summary>
/// A plan as a shell script that a careful administrator would have written: it stops at the first error, looks before each write whether the machine is still
/// as the plan saw it, keeps a copy of every file it edits, and writes the undo of each step before it is made.
/// </summary>
public static class PlanShell
{
    /// <summary>The script.</summary>
    public static string Render(TuningPlan plan)
    {
        var text = new StringBuilder("""
            #!/bin/sh
            # Made by 'ptdiag tune plan --format shell'. Read it before you run it, as root. Run the undo script that it writes to go back.
            set -eu
            undo=${1:-./ptdiag-undo.sh}
            [ -e "$undo" ] && { echo "$undo is there already: an earlier run wrote it." >&2; exit 1; }
            printf '#!/bin/sh\n# Takes back what the script changed, newest first.\n' >"$undo"
            # The undo of a step stands above those of the steps before it.
            back() { { head -n 2 "$undo"; printf '%s\n' "$1"; tail -n +3 "$undo"; } >"$undo.new" && mv "$undo.new" "$undo"; }
            # The kernel writes masks of CPUs with leading zeros and commas.
            shown() { case $1 in */rps_cpus) tr -d , <"$1" | sed 's/^0*\(.\)/\1/' ;; *) cat "$1" ;; esac; }
            same() { [ "$(shown "$1")" = "$2" ] || { echo "$1 holds '$(cat "$1")' and not '$2': make a new plan." >&2; exit 1; }; }
            took() { [ "$(shown "$1")" = "$2" ] || { echo "$1 shows '$(cat "$1")' and not '$2' after the write: run $undo." >&2; exit 1; }; }


            """.ReplaceLineEndings("\n"));
        int number = 0;
        foreach (PlanStep step in plan.Steps)
        {
            text.Append(CultureInfo.InvariantCulture, $"# {++number}. {Comment(step.Title)} ({string.Join(", ", step.Reasons)}): {Comment(step.Current)} -> {Comment(step.Wanted)}\n");
            text.Append("# Risk: ").Append(Comment(step.Risk)).Append('\n');
            string[] tools = [.. step.Actions.OfType<PlanAction.RunTool>().Where(tool => tool.UndoWords is null).Select(tool => string.Join(' ', tool.Words.Select(Quoted)))];
            PlanAction? first = step.Actions.FirstOrDefault(action => action is PlanAction.EditCommandLine or PlanAction.EditLine or PlanAction.NewFile);
            for (int at = 0; at < step.Actions.Count; at++)
            {
                PlanAction action = step.Actions[at];

                // The files are made anew once the first edit, which is undone last, is taken back.
                Append(text, action, action == first ? tools : [], Backup(number, at));
            }

            text.Append('\n');
        }

        foreach (string note in plan.Notes)
        {
            text.Append("# Not planned: ").Append(Comment(note)).Append('\n');
        }

        return text.ToString();
    }

    // A file may be edited twice: each edit keeps its own copy.
    private static string Backup(int step, int action) => string.Create(CultureInfo.InvariantCulture, $".ptdiag-{step}-{action + 1}");

    private static void Append(StringBuilder text, PlanAction action, string[] tools, string backup)
    {
        switch (action)
        {
            case PlanAction.KernelValue write:
                string path = Quoted(write.Path);
                text.Append(CultureInfo.InvariantCulture, $"same {path} {Quoted(Shown(write.Path, write.Before))}\n");
                text.Append(CultureInfo.InvariantCulture, $"back {Quoted($"echo {Quoted(write.Before)} >{path}")}\n");
                text.Append(CultureInfo.InvariantCulture, $"echo {Quoted(write.Value)} >{path}\ntook {path} {Quoted(Shown(write.Path, write.Value))}\n");
                break;
            case PlanAction.Bind bind:
                string folder = $"/sys/bus/pci/devices/{bind.Address}";
                string home = bind.From is null ? "" : $"echo {bind.Address} >/sys/bus/pci/drivers_probe; ";
                text.Append(CultureInfo.InvariantCulture, $"back {Quoted($"echo {bind.Address} >/sys/bus/pci/drivers/{bind.Driver}/unbind; echo {Quoted(bind.OverrideBefore ?? "")} >{folder}/driver_override; {home}")}\n");
                text.Append(CultureInfo.InvariantCulture, $"modprobe {Quoted(bind.Driver)}\n");
                text.Append(CultureInfo.InvariantCulture, $"echo {Quoted(bind.Driver)} >{folder}/driver_override\n");
                if (bind.From is not null)
                {
                    text.Append(CultureInfo.InvariantCulture, $"echo {bind.Address} >{folder}/driver/unbind\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"echo {bind.Address} >/sys/bus/pci/drivers_probe\n");
                text.Append(CultureInfo.InvariantCulture, $"[ \"$(basename \"$(readlink {folder}/driver)\")\" = {Quoted(bind.Driver)} ] || {{ echo '{bind.Address} is not on {bind.Driver}: run the undo script.' >&2; exit 1; }}\n");
                break;
            case PlanAction.EditCommandLine edit:
                string file = Quoted(edit.Path);
                string back = string.Join("; ", [$"mv {Quoted(edit.Path + ".ptdiag")} {file}", .. tools]);
                if (edit is { Before: { } before, After: { } after })
                {
                    // A carriage return at a line's end is no part of what the plan saw; such a file is told to have changed.
                    text.Append(CultureInfo.InvariantCulture, $"[ \"$(cat {file})\" = {Quoted(before.TrimEnd('\n'))} ] || {{ echo {Quoted(edit.Path + " is not as the plan saw it: make a new plan, or make the change by hand.")} >&2; exit 1; }}\n");
                    text.Append(CultureInfo.InvariantCulture, $"cp -p {file} {Quoted(edit.Path + ".ptdiag")}\nback {Quoted(back)}\n");
                    text.Append(CultureInfo.InvariantCulture, $"cp -p {file} {Quoted(edit.Path + ".ptdiag-new")}\nprintf '%s' {Quoted(after)} >{Quoted(edit.Path + ".ptdiag-new")}\nmv {Quoted(edit.Path + ".ptdiag-new")} {file}\n");
                    break;
                }

                // Its text was not read, so a person makes the change.
                text.Append(CultureInfo.InvariantCulture, $"cp -p {file} {Quoted(edit.Path + ".ptdiag")}\nback {Quoted(back)}\n");
                text.Append(CultureInfo.InvariantCulture, $"echo {Quoted($"Edit {edit.Path} now: {string.Join(", ", edit.Change.Remove.Select(token => "take out " + token).Concat(edit.Change.Add.Select(token => "add " + token)))}.")}\n");
                text.Append(CultureInfo.InvariantCulture, $"${{EDITOR:-vi}} {file}\n");
                break;
            case PlanAction.EditLine { Line: null } added:
                string list = Quoted(added.Path);
                text.Append(CultureInfo.InvariantCulture, $"grep -qxF -e {Quoted(added.Replacement)} {list} || {{\n");
                text.Append(CultureInfo.InvariantCulture, $"cp -p {list} {Quoted(added.Path + backup)}\nback {Quoted(string.Join("; ", [$"mv {Quoted(added.Path + backup)} {list}", .. tools]))}\n");
                text.Append(CultureInfo.InvariantCulture, $"printf '%s\\n' {Quoted(added.Replacement)} >>{list}\n}}\n");
                break;
            case PlanAction.EditLine line:
                string lines = Quoted(line.Path);
                text.Append(CultureInfo.InvariantCulture, $"grep -qxF -e {Quoted(line.Line!)} {lines} || {{ echo {Quoted(line.Path + " is not as the plan saw it: make a new plan.")} >&2; exit 1; }}\n");
                text.Append(CultureInfo.InvariantCulture, $"cp -p {lines} {Quoted(line.Path + backup)}\nback {Quoted(string.Join("; ", [$"mv {Quoted(line.Path + backup)} {lines}", .. tools]))}\n");
                text.Append(CultureInfo.InvariantCulture, $"cp -p {lines} {Quoted(line.Path + ".ptdiag-new")}\nold={Quoted(line.Line!)} new={Quoted(line.Replacement)} awk '$0 == ENVIRON[\"old\"] {{ print ENVIRON[\"new\"]; next }} {{ print }}' {lines} >{Quoted(line.Path + ".ptdiag-new")}\nmv {Quoted(line.Path + ".ptdiag-new")} {lines}\n");
                break;
            case PlanAction.SetMode mode:
                text.Append(CultureInfo.InvariantCulture, $"back {Quoted($"chmod {PlanText.Octal(mode.Before)} {Quoted(mode.Path)}")}\nchmod {PlanText.Octal(mode.Mode)} {Quoted(mode.Path)}\n");
                break;
            case PlanAction.GroupDomain group:
                AppendDomain(text, group);
                break;
            case PlanAction.NewFile made:
                text.Append(CultureInfo.InvariantCulture, $"[ -e {Quoted(made.Path)} ] && {{ echo {Quoted(made.Path + " is there already.")} >&2; exit 1; }}\n");
                text.Append(CultureInfo.InvariantCulture, $"mkdir -p {Quoted(made.Path[..made.Path.LastIndexOf('/')])}\nback {Quoted(string.Join("; ", [$"rm -f {Quoted(made.Path)}", .. tools]))}\nprintf '%s' {Quoted(made.Content)} >{Quoted(made.Path)}\n");
                break;
            case PlanAction.RunTool tool:
                if (tool.UndoWords is { } undo)
                {
                    text.Append(CultureInfo.InvariantCulture, $"back {Quoted(string.Join(' ', undo.Select(Quoted)))}\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"{string.Join(' ', tool.Words.Select(Quoted))}\n");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(action));
        }
    }

    // The kernel changes the type only while no driver has a function of the group. The loop is written out, so that the undo has the drivers' names.
    private static void AppendDomain(StringBuilder text, PlanAction.GroupDomain group)
    {
        string folder = "/sys/kernel/iommu_groups/" + group.Group;
        text.Append(CultureInfo.InvariantCulture, $"same {folder}/type {Quoted(group.Before)}\n");
        text.Append(CultureInfo.InvariantCulture, $"for member in {folder}/devices/*; do\n  [ -e \"$member/driver\" ] || continue\n  name=${{member##*/}} driver=$(basename \"$(readlink \"$member/driver\")\")\n");
        text.Append("  back \"echo $name >/sys/bus/pci/drivers/$driver/bind\"\n  bound=\"${bound:-} $driver/$name\"\n  echo \"$name\" >\"/sys/bus/pci/drivers/$driver/unbind\"\ndone\n");
        text.Append(CultureInfo.InvariantCulture, $"back {Quoted($"echo {Quoted(group.Before)} >{folder}/type")}\necho {Quoted(group.Type)} >{folder}/type\ntook {folder}/type {Quoted(group.Type)}\n");
        text.Append("for one in ${bound:-}; do\n  back \"echo ${one#*/} >/sys/bus/pci/drivers/${one%/*}/unbind\"\n  echo \"${one#*/}\" >\"/sys/bus/pci/drivers/${one%/*}/bind\"\ndone\nbound=\n");
    }

    private static string Shown(string path, string value) => path.EndsWith("/rps_cpus", StringComparison.Ordinal) ? value.Replace(",", "", StringComparison.Ordinal) : value;

    // A comment ends with its line.
    private static string Comment(string text) => text.ReplaceLineEndings(" ");

    private static string Quoted(string value) => PosixShell.Quoted(value);
}
