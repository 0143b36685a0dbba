using System.Diagnostics;

namespace Passthrough.Tests.Cli;

/// <summary>Runs the command line as a user does and returns what it printed.</summary>
internal static class Ptdiag
{
    /// <summary>Exit code, standard output and standard error of one run.</summary>
    public static (int ExitCode, string Output, string Error) Run(params string[] arguments) => RunWith("", arguments);

    /// <summary>The same with text on standard input.</summary>
    public static (int ExitCode, string Output, string Error) RunWith(string input, params string[] arguments) =>
        Start(new ProcessStartInfo(Program, arguments), input);

    /// <summary>The program beside the tests.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "ptdiag");

    /// <summary>Runs a prepared start.</summary>
    public static (int ExitCode, string Output, string Error) Start(ProcessStartInfo start, string input = "")
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["NO_COLOR"] = "1";
        return Wait(start, input);
    }

    private static (int ExitCode, string Output, string Error) Wait(ProcessStartInfo start, string input)
    {
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromSeconds(60)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(start.FileName + " did not end within 60 s");
        }

        return (process.ExitCode, output.Result, error.Result);
    }
}
