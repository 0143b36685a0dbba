using System.Globalization;
using System.Text;
using Passthrough.Guests.Transports;
using Passthrough.Results;
using Passthrough.Study.Files;

namespace Passthrough.Study.Conducting;

/// <summary>A guest: the program and the study file lie in a private folder there, and each run is one start of the program.</summary>
public sealed class GuestSite : IStudySite
{
    private const string FileName = "study.toml";
    private readonly IGuest _guest;
    private readonly GuestFolder _folder;
    private readonly StudyFile _file;
    private readonly Func<MachineSummary, MachineSummary> _describe;
    private readonly Action<StudyLine> _record;
    private readonly string _name;

    private GuestSite(string name, IGuest guest, GuestFolder folder, StudyFile file, Func<MachineSummary, MachineSummary> describe, Action<StudyLine> record)
    {
        _name = name;
        _guest = guest;
        _folder = folder;
        _file = file;
        _describe = describe;
        _record = record;
    }

    /// <summary>Makes the guest ready. What an earlier conductor left there is taken back and removed first.</summary>
    /// <param name="name">The guest's name in the study.</param>
    /// <param name="guest">The guest; disposed with the site, and where this throws.</param>
    /// <param name="study">The study's folder, which learns of the folder in the guest before anything is put there.</param>
    /// <param name="program">The content of the single file <c>ptdiag</c>.</param>
    /// <param name="describe">Adds to a machine's summary what only this side knows.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="GuestException">The guest cannot be used, or what was left in it cannot be taken back.</exception>
    public static async Task<GuestSite> OpenAsync(string name, IGuest guest, StudyFolder study, ReadOnlyMemory<byte> program, Func<MachineSummary, MachineSummary> describe, CancellationToken cancel)
    {
        GuestSite? site = null;
        try
        {
            if (!guest.IsThrownAway && study.Record.FolderLeftIn(name) is { } left)
            {
                if (GuestFolder.Of(guest, left) is { } old && await old.RemoveAsync().ConfigureAwait(false) is { } remains)
                {
                    throw new GuestException(remains);
                }

                study.Append(new StudyLine { Kind = "removed", Guest = name, Folder = left });
            }

            GuestFolder folder = await GuestFolder.MakeAsync(guest, cancel).ConfigureAwait(false);
            site = new GuestSite(name, guest, folder, study.File, describe, study.Append);
            study.Append(new StudyLine { Kind = "folder", Guest = name, Folder = folder.Path });
            await folder.InstallAsync(program, study.Header.Version, cancel).ConfigureAwait(false);
            await folder.PutAsync(FileName, study.Text, cancel).ConfigureAwait(false);
            return site;
        }
        catch
        {
            if (site is not null)
            {
                await site.LeaveAsync().ConfigureAwait(false);
            }

            await guest.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc />
    public async Task<ResultsDocument> RunAsync(StudySlot slot, CancellationToken cancel)
    {
        TimeSpan stages = _file.WarmUp + _file.Measure;
        GuestRun run = await _folder.RunAsync(
        [
            "study", "step", _folder.File(FileName), "--item", slot.Item.ToString(CultureInfo.InvariantCulture), "--variant", slot.Variant,
            "--block", slot.Block.ToString(CultureInfo.InvariantCulture),
        ], new GuestCommand { Timeout = TimeSpan.FromMinutes(3) + (10 * stages), Quiet = stages }, cancel).ConfigureAwait(false);
        if (run.ExitCode != 0)
        {
            string said = Said(run);
            throw new GuestException(string.Create(CultureInfo.InvariantCulture, $"A run in {_guest.Name} ended with exit code {run.ExitCode}: {said}"));
        }

        return ResultsJson.TryParseResults(Encoding.UTF8.GetBytes(run.Output), out ResultsDocument? document, out string? sentence)
            ? document with { Machine = _describe(document.Machine) }
            : throw new GuestException($"What a run in {_guest.Name} printed is no result: {sentence}");
    }

    /// <inheritdoc />
    public async Task<string?> LeaveAsync()
    {
        string? remains = await _folder.RemoveAsync().ConfigureAwait(false);
        if (remains is null)
        {
            try
            {
                _record(new StudyLine { Kind = "removed", Guest = _name, Folder = _folder.Path });
            }
            catch (StudyException)
            {
                // Then it is looked for again and found to be gone.
            }
        }

        return remains;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _guest.DisposeAsync();

    private static string Said(GuestRun run)
    {
        string text = run.Error.Trim() is { Length: > 0 } error ? error : run.Output.Trim();
        string line = new([.. text.Take(400).Select(character => char.IsControl(character) ? ' ' : character)]);
        return line.Length == 0 ? "it said nothing." : line.TrimEnd('.') + ".";
    }
}
