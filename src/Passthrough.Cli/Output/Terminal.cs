using System.Text;
using Passthrough.Diagnosis;
using Spectre.Console;

namespace Passthrough.Cli.Output;

/// <summary>Text for people: colour and width follow the terminal; into a file or a pipe it is plain and not wrapped.</summary>
internal static class Terminal
{
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

        // Table cells are padded to the column: trailing blanks are no information in a file.
        var lines = new StringBuilder();
        foreach (string line in text.ToString().TrimEnd('\n').Split('\n'))
        {
            lines.Append(line.TrimEnd()).Append('\n');
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

        public int Width => 2000;

        public int Height => 100;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
