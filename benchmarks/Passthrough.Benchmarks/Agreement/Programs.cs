using CliWrap;
using CliWrap.Buffered;

namespace Passthrough.Benchmarks.Agreement;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record ProgramEnd(int ExitCode, string Output, string Error)
{
    /// <summary>The last line it said, of its errors first.</summary>
    public string LastWords => LastLine(Error) ?? LastLine(Output) ?? "it said nothing";

    private static string? LastLine(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
}

/// <summary>Starts programs and waits for them.</summary>
internal static class Programs
{
    /// <summary>Runs a command to its end; one that takes longer than it may is killed.</summary>
    /// <exception cref="AgreementException">It could not be started, or took too long.</exception>
    public static ProgramEnd Run(string[] command, TimeSpan most, CancellationToken cancel, Action<string>? onError = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(most);
        Command wrapped = Cli.Wrap(command[0])
            .WithArguments(command[1..])
            .WithEnvironmentVariables(variables => variables.Set("LC_ALL", "C"))
            .WithValidation(CommandResultValidation.None);
        if (onError is not null)
        {
            wrapped = wrapped.WithStandardErrorPipe(PipeTarget.ToDelegate(onError));
        }

        try
        {
            BufferedCommandResult result = wrapped.ExecuteBufferedAsync(limit.Token).GetAwaiter().GetResult();
            return new ProgramEnd(result.ExitCode, result.StandardOutput, result.StandardError);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new AgreementException($"{Path.GetFileName(command[0])} did not end within {most.TotalSeconds:0} s and was killed.");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new AgreementException($"{command[0]} could not be started: {error.Message}.");
        }
    }
}
