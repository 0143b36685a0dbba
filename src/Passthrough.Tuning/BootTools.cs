using System.Text;
using CliWrap;

namespace Passthrough.Tuning;

/// <summary>Runs programs that own a part of the machine's configuration.</summary>
public interface IBootTools
{
    /// <summary>Runs a program of the fixed list and waits for it. Returns null, or what went wrong as the end of a sentence.</summary>
    string? Run(IReadOnlyList<string> words);
}

/// <summary>The programs of this machine: those of boot loaders, initial RAM disks, modules and device rules, from the system's folders alone.</summary>
public sealed class BootTools : IBootTools
{
    // update-initramfs over several kernels on a slow disk takes minutes.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(15);
    private static readonly string[] _folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>What may be run.</summary>
    public static IReadOnlyList<string> Known { get; } =
    [
        "dracut", "grub-mkconfig", "grub2-mkconfig", "grubby", "kernelstub", "mkinitcpio", "modprobe", "proxmox-boot-tool", "rpm-ostree", "udevadm", "update-grub",
        "update-initramfs",
    ];

    /// <inheritdoc />
    public string? Run(IReadOnlyList<string> words)
    {
        if (words.Count == 0 || !Known.Contains(words[0]))
        {
            return $"'{string.Join(' ', words)}' is no program that this tool runs";
        }

        if (Array.Find(_folders, folder => File.Exists($"{folder}/{words[0]}")) is not { } place)
        {
            return $"{words[0]} is not installed (looked in {string.Join(", ", _folders)})";
        }

        var said = new StringBuilder();
        using var limit = new CancellationTokenSource(_patience);
        try
        {
            CommandResult result = CliWrap.Cli.Wrap($"{place}/{words[0]}")
                .WithArguments(words.Skip(1))
                .WithEnvironmentVariables(variables => variables.Set("LC_ALL", "C.UTF-8").Set("PATH", string.Join(':', _folders)))
                .WithValidation(CommandResultValidation.None)
                .WithStandardOutputPipe(PipeTarget.ToDelegate(line => said.Append(line).Append('\n')))
                .WithStandardErrorPipe(PipeTarget.ToDelegate(line => said.Append(line).Append('\n')))
                .ExecuteAsync(limit.Token).GetAwaiter().GetResult();
            return result.ExitCode == 0 ? null : $"'{string.Join(' ', words)}' ended with {result.ExitCode}{Last(said.ToString())}";
        }
        catch (OperationCanceledException)
        {
            return $"'{string.Join(' ', words)}' did not end within {_patience.TotalMinutes:0} minutes";
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return $"'{string.Join(' ', words)}' could not be started ({error.Message})";
        }
    }

    private static string Last(string text) => text.TrimEnd().Split('\n')[^1] is { Length: > 0 } line ? $": {line.Trim()}" : "";
}
