using System.Text;
using System.Text.RegularExpressions;
using Passthrough.Host.Evidence;

namespace Passthrough.Host.Guests;

/// <summary>
/// Definitions of guests hold passwords (graphics consoles, cloud-init). They are taken out before an answer is remembered, so that
/// no bundle can hold one.
/// </summary>
internal static partial class GuestSecrets
{
    private static readonly string[] Folders = ["/etc/libvirt/qemu/", "/run/libvirt/qemu/", "/etc/pve/qemu-server/", "/var/log/libvirt/qemu/"];

    /// <summary>The answer without passwords; every other answer as it is.</summary>
    public static Answer Without(Question question, Answer answer)
    {
        if (question.Verb != Verb.Read || !answer.IsFound || !Folders.Any(folder => question.Path.StartsWith(folder, StringComparison.Ordinal)))
        {
            return answer;
        }

        string text = answer.Text;
        return Pattern().IsMatch(text) ? Answer.Of(Encoding.UTF8.GetBytes(Pattern().Replace(text, Masked))) : answer;
    }

    private static string Masked(Match match)
    {
        string quote = match.Value[^1] is '\'' or '"' && match.Groups["quoted"].Success ? match.Value[^1].ToString() : "";
        return match.Groups["keep"].Value + quote + "***" + quote;
    }

    [GeneratedRegex("""(?<keep>\bpass(?:wd|word)\s*=\s*)(?<quoted>'[^']*'|"[^"]*")|(?<keep>(?:^|\n)(?:cipassword|sshkeys):)[^\n]*|(?<keep>\bpassword=)[^,'"\s]+""")]
    private static partial Regex Pattern();
}
