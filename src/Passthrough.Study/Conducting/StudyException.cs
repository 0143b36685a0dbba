namespace Passthrough.Study.Conducting;

/// <summary>A study cannot begin, go on or be shown: the message is one sentence for the user.</summary>
public sealed class StudyException(string sentence) : Exception(sentence);
