using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Passthrough.Guests.Transports;

/// <summary>
/// A fresh private folder in a guest with the single file <c>ptdiag</c> in it. The journal of what that program changes lies in the folder too,
/// so removing the folder first takes back what is left open, and keeps the folder where that fails.
/// </summary>
public sealed partial class GuestFolder
{
    private const string Program = "ptdiag";
    private static readonly TimeSpan s_removal = TimeSpan.FromMinutes(2);
    private readonly IGuest _guest;

    private GuestFolder(IGuest guest, string path)
    {
        _guest = guest;
        Path = path;
    }

    /// <summary>Its path in the guest.</summary>
    public string Path { get; }

    /// <summary>Makes the folder (mode 0700); nothing is in it yet.</summary>
    /// <exception cref="GuestException">It could not be made.</exception>
    public static async Task<GuestFolder> MakeAsync(IGuest guest, CancellationToken cancel)
    {
        GuestRun made = await guest.RunAsync(new GuestCommand("mktemp", "-d", "/tmp/ptdiag-XXXXXXXXXX"), cancel).ConfigureAwait(false);
        string path = made.Output.TrimEnd('\n');
        return made.ExitCode == 0 && IsOurs(path)
            ? new GuestFolder(guest, path)
            : throw new GuestException($"No folder could be made below /tmp of {guest.Name}: {Said(made)}.");
    }

    /// <summary>The folder that an earlier process made and could not remove; null where the path is no such folder's.</summary>
    public static GuestFolder? Of(IGuest guest, string path) => IsOurs(path) ? new GuestFolder(guest, path) : null;

    /// <summary>Copies the program in and sees that it runs there.</summary>
    /// <param name="program">The content of the single file.</param>
    /// <param name="version">What its <c>--version</c> prints.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="GuestException">It could not be copied, or does not run in this guest.</exception>
    public async Task InstallAsync(ReadOnlyMemory<byte> program, string version, CancellationToken cancel)
    {
        // A third of the bytes: an agent takes them as base64 in JSON.
        await _guest.PutAsync(File(Program + ".gz"), Packed(program), executable: true, cancel).ConfigureAwait(false);
        GuestRun unpacked = await _guest.RunAsync(new GuestCommand("gzip", "-d", "-f", File(Program + ".gz")), cancel).ConfigureAwait(false);
        if (unpacked.ExitCode != 0)
        {
            throw new GuestException($"The program could not be unpacked in {_guest.Name}: {Said(unpacked)}.");
        }

        GuestRun run = await RunAsync(["--version"], new GuestCommand(), cancel).ConfigureAwait(false);
        if (run.ExitCode != 0 || run.Output.Trim() != version)
        {
            throw new GuestException(string.Create(CultureInfo.InvariantCulture,
                $"The program was copied to {File(Program)} of {_guest.Name} and does not run there (exit code {run.ExitCode}: {Said(run)}): it needs Linux on x86-64 with glibc, and a /tmp that is not mounted noexec."));
        }
    }

    /// <summary>Writes a file into the folder.</summary>
    public Task PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel) => _guest.PutAsync(File(name), content, executable: false, cancel);

    /// <summary>Path of a file in the folder.</summary>
    public string File(string name) => $"{Path}/{name}";

    /// <summary>Runs the program with these arguments; its journal lies in the folder.</summary>
    /// <param name="arguments">Arguments of the program.</param>
    /// <param name="limits">Time-out and quiet time; its own arguments do not count.</param>
    /// <param name="cancel">Ends it.</param>
    public Task<GuestRun> RunAsync(IReadOnlyList<string> arguments, GuestCommand limits, CancellationToken cancel) =>
        _guest.RunAsync(limits with { Arguments = ["env", $"PTDIAG_STATE={File("state")}", File(Program), .. arguments] }, cancel);

    /// <summary>
    /// Takes back what the program left changed, then removes the folder and all in it. Returns null, or the sentence of what remains. Never
    /// throws: it runs where something else may have gone wrong.
    /// </summary>
    public async Task<string?> RemoveAsync()
    {
        if (_guest.IsThrownAway)
        {
            return null;
        }

        using var limit = new CancellationTokenSource(s_removal);
        try
        {
            // A run that was told to end may still be taking back and holds the journal meanwhile.
            GuestRun undone = await _guest.RunAsync(
                new GuestCommand("/bin/sh", "-c", Undo, "sh", Path) { Timeout = TimeSpan.FromMinutes(1) }, limit.Token).ConfigureAwait(false);
            if (undone.ExitCode != 0)
            {
                return $"What was changed in {_guest.Name} could not be taken back ({Said(undone)}): in the guest, run 'PTDIAG_STATE={File("state")} {File(Program)} tune undo', then remove {Path}.";
            }

            GuestRun removed = await _guest.RunAsync(new GuestCommand("rm", "-rf", "--", Path), limit.Token).ConfigureAwait(false);
            return removed.ExitCode == 0 ? null : $"The folder {Path} of {_guest.Name} could not be removed: {Said(removed)}.";
        }
        catch (Exception error) when (error is GuestException or OperationCanceledException)
        {
            return $"The folder {Path} of {_guest.Name} may be left behind: {error.Message}";
        }
    }

    // Without a journal nothing was ever changed.
    private const string Undo =
        """
        [ -e "$1/state/tuning.jsonl" ] || exit 0
        tries=0
        until said=$(PTDIAG_STATE="$1/state" "$1/ptdiag" tune undo 2>&1); do
            tries=$((tries + 1))
            if [ "$tries" -ge 20 ]; then echo "$said" >&2; exit 1; fi
            sleep 1
        done
        """;

    private static byte[] Packed(ReadOnlyMemory<byte> program)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(program.Span);
        }

        return packed.ToArray();
    }

    private static bool IsOurs(string path) => Ours().IsMatch(path);

    private static string Said(GuestRun run) => OneLine.Last(run.Error) ?? OneLine.Last(run.Output) ?? "it said nothing";

    // What mktemp makes of the template; "rm -rf" is given nothing else.
    [GeneratedRegex(@"^/tmp/ptdiag-[A-Za-z0-9_.]{6,}\z")]
    private static partial Regex Ours();
}
