using System.Globalization;
using System.Text;
using Passthrough.Diagnosis.Planning;
using Passthrough.Reports.Formats;

namespace Passthrough.Reports.Plans;

/// <summary>
/// A plan as an Ansible playbook for the hosts that are like the one it was made for. Files go by modules, with a backup; values of the kernel have no module and go
/// by commands that look first, so that a second run changes nothing.
/// </summary>
public static class PlanAnsible
{
    /// <summary>The playbook.</summary>
    public static string Render(TuningPlan plan)
    {
        var text = new StringBuilder("# Made by 'ptdiag tune plan --format ansible'. Read it before you run it: it holds for hosts with the same hardware as the one it was made for.\n---\n"
            + "- name: Apply the tuning plan of ptdiag\n  hosts: all\n  become: true\n  gather_facts: false\n");
        text.Append(plan.Steps.Count == 0 ? "  tasks: []\n" : "  tasks:\n");
        foreach (PlanStep step in plan.Steps)
        {
            text.Append("    # ").Append(OneLine($"{step.Title} ({string.Join(", ", step.Reasons)}): {step.Current} -> {step.Wanted}. Risk: {step.Risk}")).Append('\n');
            string? edited = null;
            foreach (PlanAction action in step.Actions)
            {
                edited = Append(text, step, action, edited);
            }
        }

        foreach (string note in plan.Notes)
        {
            text.Append("    # Not planned: ").Append(OneLine(note)).Append('\n');
        }

        return text.ToString();
    }

    // The name under which the newest file task of this step is registered, so that what makes other files of it runs after a change only.
    private static string? Append(StringBuilder text, PlanStep step, PlanAction action, string? edited)
    {
        string title = Scalar(PlanText.Sentence(action));
        string register = "ptdiag_" + string.Concat(step.Title.Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToLowerInvariant(letter) : '_'));
        switch (action)
        {
            case PlanAction.KernelValue write:
                string path = PosixShell.Quoted(write.Path), value = PosixShell.Quoted(write.Value);

                // Masks of CPUs are shown with leading zeros and commas.
                bool isMask = write.Path.EndsWith("/rps_cpus", StringComparison.Ordinal);
                string shown = isMask ? $"$(tr -d , <{path} | sed 's/^0*\\(.\\)/\\1/')" : $"$(cat {path})", wanted = isMask ? PosixShell.Quoted(write.Value.Replace(",", "", StringComparison.Ordinal)) : value;
                Shell(text, title, $"[ \"{shown}\" = {wanted} ] && exit 0; echo {value} >{path} && [ \"{shown}\" = {wanted} ] && echo changed");
                return edited;
            case PlanAction.Bind bind:
                string folder = $"/sys/bus/pci/devices/{bind.Address}", driver = PosixShell.Quoted(bind.Driver);
                Shell(text, title, $"[ \"$(basename \"$(readlink {folder}/driver)\")\" = {driver} ] && exit 0; modprobe {driver} && echo {driver} >{folder}/driver_override && {{ [ ! -e {folder}/driver ] || echo {bind.Address} >{folder}/driver/unbind; }}"
                    + $" && echo {bind.Address} >/sys/bus/pci/drivers_probe && [ \"$(basename \"$(readlink {folder}/driver)\")\" = {driver} ] && echo changed");
                return edited;
            case PlanAction.GroupDomain group:
                text.Append(CultureInfo.InvariantCulture, $"    - name: {title}\n      ansible.builtin.fail:\n        msg: {Scalar($"Change the domain of group {group.Group} with 'ptdiag tune apply --group-type': drivers are unbound meanwhile.")}\n");
                return edited;
            case PlanAction.SetMode mode:
                text.Append(CultureInfo.InvariantCulture, $"    - name: {title}\n      ansible.builtin.file:\n        path: {Scalar(mode.Path)}\n        mode: \"{PlanText.Octal(mode.Mode)}\"\n");
                return edited;
            case PlanAction.EditLine edit:
                text.Append(CultureInfo.InvariantCulture, $"    - name: {title}\n      ansible.builtin.lineinfile:\n        path: {Scalar(edit.Path)}\n");
                text.Append(edit.Line is null ? "" : string.Create(CultureInfo.InvariantCulture, $"        regexp: {Scalar("^" + System.Text.RegularExpressions.Regex.Escape(edit.Line).Replace("\\ ", " ", StringComparison.Ordinal).Replace("\\#", "#", StringComparison.Ordinal) + "$")}\n"));
                text.Append(CultureInfo.InvariantCulture, $"        line: {Scalar(edit.Replacement)}\n        backup: true\n      register: {register}\n");
                return register;
            case PlanAction.NewFile file:
                Copy(text, title, file.Path, file.Content, register, isNew: true);
                return register;
            case PlanAction.EditCommandLine { After: { } after } edit:
                Copy(text, title, edit.Path, after, register, isNew: false);
                return register;
            case PlanAction.EditCommandLine edit:
                text.Append(CultureInfo.InvariantCulture, $"    - name: {title}\n      ansible.builtin.fail:\n        msg: {Scalar($"Edit {edit.Path} by hand: its text was not read when the plan was made.")}\n");
                return edited;
            case PlanAction.RunTool tool:
                text.Append(CultureInfo.InvariantCulture, $"    - name: {title}\n      ansible.builtin.command:\n        argv:\n");
                foreach (string word in tool.Words)
                {
                    text.Append("          - ").Append(Scalar(word)).Append('\n');
                }

                text.Append(edited is null || tool.UndoWords is not null ? "      changed_when: true\n" : $"      when: {edited} is changed\n      changed_when: true\n");
                return edited;
            default:
                throw new ArgumentOutOfRangeException(nameof(action));
        }
    }

    private static void Shell(StringBuilder text, string title, string command) => text.Append(CultureInfo.InvariantCulture,
        $"    - name: {title}\n      ansible.builtin.shell: {Scalar(command)}\n      register: ptdiag_value\n      changed_when: \"'changed' in ptdiag_value.stdout\"\n");

    private static void Copy(StringBuilder text, string title, string path, string content, string register, bool isNew) => text.Append(CultureInfo.InvariantCulture,
        $"    - name: {title}\n      ansible.builtin.copy:\n        dest: {Scalar(path)}\n        content: {Scalar(content)}\n{(isNew ? "        mode: \"0644\"\n" : "")}        backup: true\n      register: {register}\n");

    // A double-quoted YAML scalar holds every text on one line. Jinja's braces are kept from Ansible by its own tag.
    private static string Scalar(string value)
    {
        var text = new StringBuilder(value.Contains("{{", StringComparison.Ordinal) || value.Contains("{%", StringComparison.Ordinal) || value.Contains("{#", StringComparison.Ordinal) ? "!unsafe \"" : "\"");
        foreach (char letter in value)
        {
            _ = letter switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\t' => text.Append("\\t"),
                _ when char.IsControl(letter) => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                _ => text.Append(letter),
            };
        }

        return text.Append('"').ToString();
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
