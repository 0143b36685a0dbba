namespace Passthrough.Host.Evidence;

/// <summary>
/// The source itself cannot be looked at: the input is missing, unreadable or not what it claims to be.
/// The message is one sentence that names the file and what to do; the command line ends with exit code 3.
/// </summary>
public sealed class EvidenceException : Exception
{
    /// <summary>With a sentence for the user.</summary>
    public EvidenceException(string message) : base(message)
    {
    }

    /// <summary>With a sentence for the user and what caused it.</summary>
    public EvidenceException(string message, Exception inner) : base(message, inner)
    {
    }
}
