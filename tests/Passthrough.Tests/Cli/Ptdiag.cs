using System.Diagnostics;

namespace Passthrough.Tests.Cli;

/// <summary>Runs the command line as a user does and returns what it printed.</summary>
internal static class Ptdiag
{
    /// <summary>Exit code, standard output and standard error of one run.</summary>
    public static (int ExitCode, string Output, string Error) Run(params string[] arguments) => RunWith("", arguments);

    /// <summary>The same with text on standard input.</summary>
    public static (int ExitCode, string Output, string Error) RunWith(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "ptdiag"), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NO_COLOR"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromSeconds(60)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException("ptdiag " + string.Join(' ', arguments) + " did not end within 60 s");
        }

        return (process.ExitCode, output.Result, error.Result);
    }
}
