using System.Globalization;
using System.Text;
using Xunit;

namespace Passthrough.Tests.Pci;

/// <summary>Counts right and wrong answers over captures and remembers the wrong ones.</summary>
internal sealed class Share
{
    private readonly List<string> _wrong = [];

    public int Asked { get; private set; }

    public int Right => Asked - _wrong.Count;

    public void Same<T>(string question, T expected, T actual)
    {
        Asked++;
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            _wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{question}: expected {expected}, was {actual}"));
        }
    }

    /// <summary>Fails with the wrong answers when fewer than this share is right, or when hardly anything was asked.</summary>
    public void AtLeast(double share, int asked)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{Right} of {Asked} are right\n"));
        text.AppendJoin('\n', _wrong.Take(60));
        Assert.True(Asked >= asked && Right >= share * Asked, text.ToString());
        if (Environment.GetEnvironmentVariable("PTDIAG_SHARES") is { } file)
        {
            File.AppendAllText(file, text.Append('\n').ToString());
        }
    }
}
