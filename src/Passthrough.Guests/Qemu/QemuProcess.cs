using System.Diagnostics;
using System.Globalization;
using System.Text;
using CliWrap;

namespace Passthrough.Guests.Qemu;

/// <summary>How a QEMU process ended.</summary>
/// <param name="TimedOut">It was ended because its time was over.</param>
/// <param name="ExitCode">QEMU's exit code, or that of its keeper.</param>
/// <param name="Output">What QEMU wrote to standard output and standard error.</param>
/// <param name="Wall">From start to end.</param>
internal sealed record QemuEnd(bool TimedOut, int ExitCode, string Output, TimeSpan Wall);

/// <summary>
/// Runs QEMU so that it never outlives its purpose: a signal ends it when this process dies, and timeout(1) ends it when nobody
/// else does.
/// </summary>
internal static class QemuProcess
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(10);

    /// <summary>Runs QEMU to its end, on some CPUs of this machine where they are named. When <paramref name="cancel"/> fires, QEMU is ended first, then the call throws.</summary>
    public static async Task<QemuEnd> RunAsync(IReadOnlyList<string> arguments, string? hostCpus, TimeSpan limit, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var output = new StringBuilder();
        var pipe = PipeTarget.ToStringBuilder(output);
        Command command = HostPrograms.Command("setpriv", [.. Keeper(KeeperLimit(limit), foreground: false, hostCpus), .. arguments])
            .WithStandardOutputPipe(pipe)
            .WithStandardErrorPipe(pipe);

        using var time = new CancellationTokenSource(limit);
        using var gently = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
        using var hard = new CancellationTokenSource();
        using CancellationTokenRegistration next = gently.Token.Register(() => hard.CancelAfter(s_grace));
        long start = Stopwatch.GetTimestamp();
        try
        {
            CommandResult result = await OnThreadOfItsOwnAsync(() => command.ExecuteAsync(hard.Token, gently.Token))
                .ConfigureAwait(false);
            return new QemuEnd(false, result.ExitCode, output.ToString(), Stopwatch.GetElapsedTime(start));
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            return new QemuEnd(true, 124, output.ToString(), Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Runs QEMU on this process's own terminal and returns its exit code.</summary>
    public static Task<int> RunOnTerminalAsync(IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        // CliWrap always redirects; a terminal has to be inherited.
        var start = new ProcessStartInfo(HostPrograms.Find("setpriv") ?? throw new LabException("The program setpriv was not found."))
        {
            UseShellExecute = false,
        };
        foreach (string argument in Keeper(TimeSpan.Zero, foreground: true).Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        return OnThreadOfItsOwnAsync(async () =>
        {
            using Process process = Process.Start(start) ?? throw new LabException("QEMU could not be started.");
            try
            {
                await process.WaitForExitAsync(cancel).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
                throw;
            }

            return process.ExitCode;
        });
    }

    // Later than this process's own limit, and for ever (0) where there is none.
    private static TimeSpan KeeperLimit(TimeSpan limit) =>
        limit == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : limit + (s_grace * 3);

    /// <summary>
    /// setpriv → timeout → setpriv → QEMU. The outer signal reaches timeout when this process dies, and timeout passes it on;
    /// the inner one ends QEMU when timeout itself is killed.
    /// </summary>
    private static string[] Keeper(TimeSpan limit, bool foreground, string? hostCpus = null) =>
    [
        "--pdeathsig", "TERM",
        HostPrograms.Find("timeout") ?? throw new LabException("The program timeout was not found."),
        .. foreground ? (string[])["--foreground"] : [],
        "--kill-after=5", limit.TotalSeconds.ToString("0", CultureInfo.InvariantCulture),
        HostPrograms.Find("setpriv") ?? throw new LabException("The program setpriv was not found."),
        "--pdeathsig", "KILL",
        .. hostCpus is null ? (string[])[] : [HostPrograms.Find("taskset") ?? throw new LabException("The program taskset was not found."), "--cpu-list", hostCpus],
        HostPrograms.Find("qemu-system-x86_64") ?? throw new LabException("The program qemu-system-x86_64 was not found."),
    ];

    // PR_SET_PDEATHSIG (prctl(2)) fires when the *thread* that forked ends, and threads of the pool come and go.
    private static Task<T> OnThreadOfItsOwnAsync<T>(Func<Task<T>> start)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                done.SetResult(start().GetAwaiter().GetResult());
            }
            catch (OperationCanceledException error)
            {
                done.SetCanceled(error.CancellationToken);
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        })
        {
            IsBackground = true,
            Name = "QEMU",
        };
        thread.Start();
        return done.Task;
    }

    private static Task<CommandResult> OnThreadOfItsOwnAsync(Func<CommandTask<CommandResult>> start) =>
        OnThreadOfItsOwnAsync(() => start().Task);
}
