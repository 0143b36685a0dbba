namespace Passthrough.Cli;

/// <summary>Ends the run with a sentence on stderr and an exit code of the contract.</summary>
internal sealed class CliException(int exitCode, string sentence) : Exception(sentence)
{
    /// <summary>The exit code.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>Wrong use: exit code 2.</summary>
    public static CliException Usage(string sentence) => new(ExitCodes.Usage, sentence);

    /// <summary>The input is missing, unreadable or not what it claims to be: exit code 3.</summary>
    public static CliException CouldNotLook(string sentence) => new(ExitCodes.CouldNotLook, sentence);
}

/// <summary>The contract's exit codes.</summary>
internal static class ExitCodes
{
    /// <summary>Done, nothing failed.</summary>
    public const int Done = 0;

    /// <summary>What the verb judges has failed.</summary>
    public const int Failed = 1;

    /// <summary>Usage error.</summary>
    public const int Usage = 2;

    /// <summary>Could not look.</summary>
    public const int CouldNotLook = 3;
}
