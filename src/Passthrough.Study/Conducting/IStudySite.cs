using Passthrough.Results;
using Passthrough.Study.Files;

namespace Passthrough.Study.Conducting;

/// <summary>A place where runs of a study are made: a guest, or this machine.</summary>
public interface IStudySite : IAsyncDisposable
{
    /// <summary>Makes one run and returns a document with it, or with the reason why it cannot be made.</summary>
    /// <exception cref="Guests.Transports.GuestException">The guest is gone.</exception>
    Task<ResultsDocument> RunAsync(StudySlot slot, CancellationToken cancel);

    /// <summary>Leaves the place as it was found. Returns null, or the sentence of what remains.</summary>
    Task<string?> LeaveAsync();
}
