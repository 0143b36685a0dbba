using System.Text;
using Spectre.Console;

namespace Passthrough.Cli.Output;

/// <summary>What a text of lines is written on. Most runs end in a pipe or a file, where nothing has to be laid out.</summary>
internal abstract class Page
{
    /// <summary>Columns to break lines at.</summary>
    public abstract int Width { get; }

    /// <summary>Writes text, which may hold line feeds.</summary>
    public abstract void Write(string text, string? style = null);

    /// <summary>Writes text and ends the line.</summary>
    public void WriteLine(string text = "", string? style = null)
    {
        Write(text, style);
        Write("\n");
    }

    /// <summary>A terminal.</summary>
    public static Page On(IAnsiConsole console) => new TerminalPage(console);

    /// <summary>Plain text.</summary>
    public static Page On(StringBuilder text) => new PlainPage(text);

    private sealed class TerminalPage(IAnsiConsole console) : Page
    {
        public override int Width => console.Profile.Width;

        public override void Write(string text, string? style = null) => console.Write(style is null ? new Text(text) : new Text(text, Style.Parse(style)));
    }

    private sealed class PlainPage(StringBuilder plain) : Page
    {
        public override int Width => Terminal.PlainWidth;

        public override void Write(string text, string? style = null) => plain.Append(text);
    }
}
