namespace Passthrough.Guests.Transports;

/// <summary>A guest could not be reached, or did not do what was asked: the message is one sentence for the user.</summary>
public sealed class GuestException(string sentence, Exception? cause = null) : Exception(sentence, cause);
