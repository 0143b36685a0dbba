using System.Globalization;
using System.Text;
using Passthrough.Guests.Qemu;

namespace Passthrough.Guests.Transports;

/// <summary>
/// A lab guest that stays up. Commands go through the folder that both sides see; while one runs the guest looks for no other, so waiting costs
/// a measurement nothing. A command that is cancelled or takes too long ends the whole guest.
/// </summary>
public sealed class LabGuest : IGuest
{
    /// <summary>Folder in the guest's <c>/out</c> through which commands go.</summary>
    internal const string Queue = ".commands";

    /// <summary>The guest's side: takes command folders 0, 1, 2 … as they appear. The host renames a complete folder into place.</summary>
    internal const string Serve =
        """
        cd /
        next=0
        while :; do
            folder=/out/.commands/$next
            if [ -e "$folder/command" ]; then
                /bin/sh "$folder/command" </dev/null >"$folder/stdout" 2>"$folder/stderr"
                echo "$?" >"$folder/rc.partial"
                mv "$folder/rc.partial" "$folder/rc"
                next=$((next + 1))
            else
                /run/busybox usleep 20000
            fi
        done
        """;

    private readonly ShareFolder _share;
    private readonly Task<QemuEnd> _running;
    private readonly CancellationTokenSource _off;
    private readonly Func<string, string> _lastWords;
    private int _next;

    internal LabGuest(string machine, string accelerator, ShareFolder share, Task<QemuEnd> running, CancellationTokenSource off, Func<string, string> lastWords)
    {
        Machine = machine;
        Accelerator = accelerator;
        _share = share;
        _running = running;
        _off = off;
        _lastWords = lastWords;
    }

    /// <summary>The lab machine's name.</summary>
    public string Machine { get; }

    /// <summary><c>tcg</c> or <c>kvm</c>: what really runs the guest's processors.</summary>
    public string Accelerator { get; }

    /// <inheritdoc />
    public string Name => Machine + " (lab)";

    /// <inheritdoc />
    public bool IsThrownAway => true;

    /// <inheritdoc />
    public async Task<GuestRun> RunAsync(GuestCommand command, CancellationToken cancel)
    {
        (int code, string folder) = await ExecuteAsync(ShareFolder.ShellCommand(command.Arguments), null, command.Timeout, command.Arguments[0], cancel).ConfigureAwait(false);
        return new GuestRun(code, Text(folder, "stdout"), Text(folder, "stderr"));
    }

    /// <inheritdoc />
    public async Task PutAsync(string path, ReadOnlyMemory<byte> content, bool executable, CancellationToken cancel)
    {
        string script = string.Create(CultureInfo.InvariantCulture,
            $"umask 077; cat \"/out/{Queue}/{_next}/content\" >{ShareFolder.Quote(path)} && chmod {(executable ? "700" : "600")} {ShareFolder.Quote(path)}\n");
        (int code, string folder) = await ExecuteAsync(script, content, TimeSpan.FromMinutes(5), "cat", cancel).ConfigureAwait(false);
        if (code != 0)
        {
            throw new GuestException($"{path} could not be written in {Name}: {OneLine.Last(Text(folder, "stderr")) ?? "nothing was said"}.");
        }
    }

    /// <inheritdoc />
    public async Task<byte[]> FetchAsync(string path, CancellationToken cancel)
    {
        (int code, string folder) = await ExecuteAsync($"exec cat -- {ShareFolder.Quote(path)}\n", null, TimeSpan.FromMinutes(5), "cat", cancel).ConfigureAwait(false);
        return code == 0
            ? await File.ReadAllBytesAsync(Path.Combine(folder, "stdout"), cancel).ConfigureAwait(false)
            : throw new GuestException($"{path} could not be read in {Name}: {OneLine.Last(Text(folder, "stderr")) ?? "nothing was said"}.");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _off.CancelAsync().ConfigureAwait(false);
        try
        {
            await _running.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // That is how it was ended.
        }

        _share.Dispose();
        _off.Dispose();
    }

    private static string Text(string folder, string name) => File.Exists(Path.Combine(folder, name)) ? File.ReadAllText(Path.Combine(folder, name), Encoding.UTF8) : "";

    private async Task<(int Code, string Folder)> ExecuteAsync(string script, ReadOnlyMemory<byte>? content, TimeSpan timeout, string what, CancellationToken cancel)
    {
        string queue = Path.Combine(_share.Share, "out", Queue);
        string folder = Path.Combine(queue, _next.ToString(CultureInfo.InvariantCulture));
        string partial = Path.Combine(queue, "partial");
        Directory.CreateDirectory(partial);
        if (content is { } bytes)
        {
            await File.WriteAllBytesAsync(Path.Combine(partial, "content"), bytes.ToArray(), cancel).ConfigureAwait(false);
        }

        await File.WriteAllTextAsync(Path.Combine(partial, "command"), script, cancel).ConfigureAwait(false);
        Directory.Move(partial, folder);
        _next++;
        using var time = new CancellationTokenSource(timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
        try
        {
            string code = Path.Combine(folder, "rc");
            while (!File.Exists(code))
            {
                if (_running.IsCompleted)
                {
                    QemuEnd end = await _running.ConfigureAwait(false);
                    throw new GuestException($"The guest {Machine} ended{_lastWords(end.Output)}");
                }

                await Task.Delay(50, either.Token).ConfigureAwait(false);
            }

            return (int.Parse(await File.ReadAllTextAsync(code, either.Token).ConfigureAwait(false), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture), folder);
        }
        catch (OperationCanceledException)
        {
            await _off.CancelAsync().ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            throw new GuestException(string.Create(CultureInfo.InvariantCulture,
                $"{what} in {Name} did not end within {timeout.TotalSeconds:0} s, so the guest was switched off{_lastWords("")}"));
        }
    }
}
