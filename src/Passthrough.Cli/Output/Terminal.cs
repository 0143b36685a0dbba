using System.Text;
using Passthrough.Diagnosis;
using Spectre.Console;

namespace Passthrough.Cli.Output;

/// <summary>Text for people: colour and width follow the terminal; into a file or a pipe it is plain and not wrapped.</summary>
internal static class Terminal
{
    /// <summary>Columns of plain text: what reads it breaks lines itself.</summary>
    public const int PlainWidth = 2000;

    /// <summary>Renders to standard output or a file.</summary>
    public static void Show(FileInfo? file, Action<IAnsiConsole> draw)
    {
        if (file is null && !Console.IsOutputRedirected)
        {
            draw(AnsiConsole.Console);
            return;
        }

        Sink.Write(Plain(draw), file);
    }

    /// <summary>The same for a text of lines.</summary>
    public static void ShowPage(FileInfo? file, Action<Page> draw)
    {
        if (file is null && !Console.IsOutputRedirected)
        {
            draw(Page.On(AnsiConsole.Console));
            return;
        }

        Sink.Write(PlainPage(draw), file);
    }

    /// <summary>The text without colour and without wrapping: what reads it breaks lines itself.</summary>
    public static string Plain(Action<IAnsiConsole> draw)
    {
        using var text = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new PlainOutput(text),
        });
        draw(console);
        return Trimmed(text.ToString());
    }

    /// <summary>A page without colour.</summary>
    public static string PlainPage(Action<Page> draw)
    {
        var text = new StringBuilder();
        draw(Page.On(text));
        return Trimmed(text.ToString());
    }

    // Table cells are padded to the column: trailing blanks are no information in a file.
    private static string Trimmed(string text)
    {
        var lines = new StringBuilder(text.Length);
        ReadOnlySpan<char> whole = text.AsSpan().TrimEnd('\n');
        foreach (Range line in whole.Split('\n'))
        {
            lines.Append(whole[line].TrimEnd()).Append('\n');
        }

        return lines.ToString();
    }

    /// <summary>The mark and colour of a verdict; the word carries the meaning, never the colour alone.</summary>
    public static (string Word, string Style) Of(Verdict verdict) => verdict switch
    {
        Verdict.Pass => ("pass", "green"),
        Verdict.Note => ("note", "blue"),
        Verdict.Warn => ("WARN", "yellow"),
        Verdict.Fail => ("FAIL", "red bold"),
        Verdict.Unknown => ("unknown", "magenta"),
        _ => ("n/a", "grey"),
    };

    private sealed class PlainOutput(TextWriter writer) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => false;

        public int Width => PlainWidth;

        public int Height => 100;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
