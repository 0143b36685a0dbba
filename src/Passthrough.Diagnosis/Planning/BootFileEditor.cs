using System.Buffers;

namespace Passthrough.Diagnosis.Planning;

/// <summary>
/// Edits the files that hold the kernel command line of the next boot. Pure: text in, text out; whatever is not the command line keeps every byte.
/// A form that is not understood is refused with a sentence, never guessed.
/// </summary>
public static class BootFileEditor
{
    private static readonly SearchValues<char> _notBare = SearchValues.Create(" \t;#\"'\\$`(");

    private const string GrubAll = "GRUB_CMDLINE_LINUX";
    private const string GrubNormal = "GRUB_CMDLINE_LINUX_DEFAULT";

    /// <summary>
    /// /etc/default/grub: takes tokens out of both variables, and adds to the last assignment of GRUB_CMDLINE_LINUX_DEFAULT, or a new one at the end.
    /// Source: the GRUB manual, "Simple configuration handling".
    /// </summary>
    public static EditedText GrubDefaults(string text, CommandLineChange change)
    {
        if (!change.IsPlain)
        {
            return EditedText.Refused(NotPlain);
        }

        string[] lines = text.Split('\n');
        int? last = null;
        for (int i = 0; i < lines.Length; i++)
        {
            if (NameOf(lines[i]) is not { } name)
            {
                continue;
            }

            if (lines[i].TrimEnd().EndsWith('\\'))
            {
                return EditedText.Refused($"{name} goes on in a second line, which is not edited: write it in one line, or make the change by hand.");
            }

            if (Value(lines[i]) is not var (start, end))
            {
                return EditedText.Refused($"The value of {name} is not written in one pair of quotes, so it is not edited: make the change by hand.");
            }

            string value = CommandLineEditor.Remove(lines[i][start..end], change.Remove);
            lines[i] = lines[i][..start] + value + lines[i][end..];
            last = name == GrubNormal ? i : last;
        }

        if (change.Add.Count == 0)
        {
            return EditedText.Of(string.Join('\n', lines));
        }

        if (last is { } line)
        {
            (int start, int end) = Value(lines[line])!.Value;
            bool isBare = start > 0 && lines[line][start - 1] == '=';
            string value = CommandLineEditor.Add(lines[line][start..end], change.Add);

            // A word without quotes can hold one token alone.
            lines[line] = lines[line][..start] + (isBare && value.Contains(' ', StringComparison.Ordinal) ? $"\"{value}\"" : value) + lines[line][end..];
            return EditedText.Of(string.Join('\n', lines));
        }

        string end0 = text.Length == 0 || text.EndsWith('\n') ? "" : "\n";
        return EditedText.Of(string.Join('\n', lines) + end0 + $"{GrubNormal}=\"{string.Join(' ', change.Add)}\"\n");
    }

    /// <summary>/etc/kernel/cmdline: one command line, which kernel-install and proxmox-boot-tool read; line feeds in it are blanks.</summary>
    public static EditedText KernelCommandLine(string text, CommandLineChange change)
    {
        if (!change.IsPlain)
        {
            return EditedText.Refused(NotPlain);
        }

        return text.Split('\n').Any(line => line.TrimStart().StartsWith('#'))
            ? EditedText.Refused("It holds a line that begins with #, which some readers take as a comment and others do not: make the change by hand.")
            : EditedText.Of(CommandLineEditor.Add(CommandLineEditor.Remove(text, change.Remove), change.Add));
    }

    /// <summary>
    /// A Boot Loader Specification entry: takes tokens out of every options line and adds to the last one. Source: the Boot Loader Specification, "Type #1".
    /// </summary>
    public static EditedText LoaderEntry(string text, CommandLineChange change)
    {
        if (!change.IsPlain)
        {
            return EditedText.Refused(NotPlain);
        }

        string[] lines = text.Split('\n');
        int last = Array.FindLastIndex(lines, IsOptions);
        if (last < 0)
        {
            return EditedText.Refused("It has no options line: the command line of this entry stands elsewhere.");
        }

        // The tokens of all lines are one command line: what stands in another line is not added again.
        string[] present = [.. lines.Where(IsOptions).SelectMany(line => CommandLineEditor.Tokens(line).Skip(1).Select(place => line[place.Start..place.End]))];
        if (present.Any(token => token.StartsWith('$')) && change.Add.Count == 0)
        {
            return EditedText.Refused("Its options are a variable of GRUB ($kernelopts), which grubby edits.");
        }

        for (int i = 0; i < lines.Length; i++)
        {
            if (IsOptions(lines[i]))
            {
                lines[i] = CommandLineEditor.Remove(lines[i], change.Remove);
            }
        }

        lines[last] = CommandLineEditor.Add(lines[last], [.. change.Add.Where(token => !present.Contains(token))]);
        return EditedText.Of(string.Join('\n', lines));
    }

    private const string NotPlain = "A token to add holds a letter that would need quotes: add it by hand.";

    private static bool IsOptions(string line) => line.StartsWith("options", StringComparison.Ordinal) && line.Length > 7 && line[7] is ' ' or '\t';

    private static string? NameOf(string line)
    {
        string text = line.TrimStart();
        text = text.StartsWith("export ", StringComparison.Ordinal) ? text[7..].TrimStart() : text;
        foreach (string name in (string[])[GrubNormal, GrubAll])
        {
            if (text.StartsWith(name + "=", StringComparison.Ordinal) || text.StartsWith(name + "+=", StringComparison.Ordinal))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>Where the value stands inside its quotes; null for any other form than one pair of quotes, or one bare word.</summary>
    private static (int Start, int End)? Value(string line)
    {
        int start = line.IndexOf('=', StringComparison.Ordinal) + 1;
        char quote = start < line.Length ? line[start] : '\0';
        if (quote is not ('"' or '\''))
        {
            int length = line.AsSpan(start).IndexOfAny(_notBare);
            int bare = length < 0 ? line.Length - start : length;
            return IsRest(line.AsSpan(start + bare)) ? (start, start + bare) : null;
        }

        int end = start + 1;
        while (end < line.Length && line[end] != quote)
        {
            end += quote == '"' && line[end] == '\\' ? 2 : 1;
        }

        return end < line.Length && IsRest(line.AsSpan(end + 1)) ? (start + 1, end) : null;
    }

    // Behind a value only blanks and a comment may stand.
    private static bool IsRest(ReadOnlySpan<char> rest)
    {
        ReadOnlySpan<char> text = rest.TrimStart(" \t");
        return text.TrimEnd('\r').IsEmpty || (text[0] == '#' && text.Length < rest.Length);
    }
}
