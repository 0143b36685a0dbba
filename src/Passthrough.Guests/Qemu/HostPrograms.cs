using System.Runtime.InteropServices;
using CliWrap;
using CliWrap.Buffered;

namespace Passthrough.Guests.Qemu;

/// <summary>The programs of this machine that the lab starts, and how it starts the short ones.</summary>
internal static class HostPrograms
{
    /// <summary>Program → the Debian package that holds it.</summary>
    private static readonly (string Program, string Package)[] s_needed =
    [
        ("qemu-system-x86_64", "qemu-system-x86"),
        ("busybox", "busybox-static"),
        ("depmod", "kmod"),
        ("xz", "xz-utils"),
        ("apt-get", "apt"),
        ("apt-cache", "apt"),
        ("dpkg-deb", "dpkg"),
        ("setpriv", "util-linux"),
        ("timeout", "coreutils"),
    ];

    // A user's PATH often lacks the sbin folders, where depmod lies.
    private static readonly string[] s_moreFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

    /// <summary>One sentence that names what is missing and how to get it, or null.</summary>
    public static string? WhatIsMissing()
    {
        if (RuntimeInformation.OSArchitecture is not Architecture.X64)
        {
            return "The lab boots x86-64 guests from this machine's own root, so it needs an x86-64 machine.";
        }

        return Describe(program => Find(program), path => StaticElf.IsStatic(File.ReadAllBytes(path)));
    }

    /// <summary>The sentence for what <paramref name="find"/> does not find; apart from the machine, so that it can be tested.</summary>
    public static string? Describe(Func<string, string?> find, Func<string, bool> isStatic)
    {
        var missing = new List<(string Program, string Package)>();
        foreach ((string program, string package) in s_needed)
        {
            string? path = find(program);
            if (path is null)
            {
                missing.Add((program, package));
            }
            else if (program == "busybox" && !isStatic(path))
            {
                missing.Add(("a statically linked busybox", package));
            }
        }

        if (missing.Count == 0)
        {
            return null;
        }

        string programs = string.Join(", ", missing.Select(item => item.Program));
        string packages = string.Join(' ', missing.Select(item => item.Package).Distinct(StringComparer.Ordinal));
        return $"The lab needs {programs}; on Debian: apt-get install {packages}";
    }

    /// <summary>The program's full path, or null.</summary>
    public static string? Find(string program)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Concat(s_moreFolders).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }

    /// <summary>A program in the C locale, so that its words can be read.</summary>
    public static Command Command(string program, params string[] arguments) =>
        Cli.Wrap(Find(program) ?? throw new LabException($"The program {program} was not found."))
            .WithArguments(arguments)
            .WithEnvironmentVariables(variables => variables.Set("LC_ALL", "C"))
            .WithValidation(CommandResultValidation.None);

    /// <summary>
    /// The words that start a program in a session of its own (setsid(1)): Ctrl-C at the terminal then reaches this process alone, and the
    /// program can ask nothing there. Without setsid, which is in every util-linux, the program alone.
    /// </summary>
    public static IReadOnlyList<string> InOwnSession(string programPath, IEnumerable<string> arguments) =>
        [.. Find("setsid") is { } setsid ? (string[])[setsid, "--wait"] : [], programPath, .. arguments];

    /// <summary>Runs a program to its end and returns its standard output; a failure is a sentence with its last words.</summary>
    public static async Task<string> RunAsync(Command command, string purpose, CancellationToken cancel)
    {
        BufferedCommandResult result = await command.ExecuteBufferedAsync(cancel).ConfigureAwait(false);
        return result.ExitCode == 0
            ? result.StandardOutput
            : throw new LabException(
                $"{purpose} failed: {Path.GetFileName(command.TargetFilePath)} ended with code {result.ExitCode}"
                + $" ({LastLine(result.StandardError) ?? "it said nothing"}).");
    }

    /// <summary>The last line that is not blank, or null.</summary>
    public static string? LastLine(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
}
