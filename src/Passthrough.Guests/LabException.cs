namespace Passthrough.Guests;

/// <summary>The lab could not do what was asked: the message is one sentence for the user.</summary>
public sealed class LabException(string sentence, Exception? cause = null) : Exception(sentence, cause);
