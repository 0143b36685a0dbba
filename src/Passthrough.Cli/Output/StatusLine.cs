namespace Passthrough.Cli.Output;

/// <summary>Progress on stderr, one line rewritten in place, and only on a terminal; otherwise whole lines where asked.</summary>
internal sealed class StatusLine(bool lines = false) : IProgress<string>, IDisposable
{
    private readonly bool _terminal = !Console.IsErrorRedirected;
    private int _width;

    /// <inheritdoc />
    public void Report(string value)
    {
        if (_terminal)
        {
            int limit = Math.Max(20, Console.BufferWidth - 1);
            string text = value.Length > limit ? value[..limit] : value;
            Console.Error.Write("\r" + text.PadRight(_width));
            _width = text.Length;
        }
        else if (lines)
        {
            Console.Error.WriteLine(value);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_terminal && _width > 0)
        {
            Console.Error.Write("\r" + new string(' ', _width) + "\r");
        }
    }
}
