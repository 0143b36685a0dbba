using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Passthrough.Bench.Native;

/// <summary>
/// The calls that stand between two readings of the clock. They go straight to the kernel by syscall(2): libc's own read is a
/// cancellation point, which costs locked instructions in a process with threads, and a declaration that keeps errno makes two
/// more calls each time. One that fails is made again in the ordinary way, which knows errno; a failed call has changed nothing.
/// </summary>
internal sealed unsafe partial class LinuxSystemCalls
{
    private const int MonotonicClock = 1;

    // asm/unistd_64.h of x86-64; asm-generic/unistd.h otherwise.
    private static nint ReadNumber => IsX64 ? 0 : 63;

    private static nint IoctlNumber => IsX64 ? 16 : 29;

    /// <inheritdoc />
    [SkipLocalsInit]
    public nint ReadEvent(int descriptor, out ulong count)
    {
        // Safe: the kernel writes eight bytes into the pinned answer.
        fixed (ulong* answer = &count)
        {
            nint result = ReadWaiting(ReadNumber, descriptor, answer, sizeof(ulong));
            return result >= 0 ? result : ReadAgain(descriptor, answer);
        }
    }

    /// <inheritdoc />
    [SkipLocalsInit]
    public nint PollEvent(int descriptor, out ulong count)
    {
        // Safe: as above. No garbage collection can begin while the short form runs, which the caller's descriptor keeps short.
        fixed (ulong* answer = &count)
        {
            nint result = ReadShortly(ReadNumber, descriptor, answer, sizeof(ulong));
            return result >= 0 ? result : ReadAgain(descriptor, answer);
        }
    }

    /// <inheritdoc />
    public int ShortIoctl(int descriptor, int request, nint argument)
    {
        // Safe: as for Ioctl; and as for PollEvent.
        nint result = IoctlShortly(IoctlNumber, descriptor, request, argument);
        return result >= 0 ? (int)result : Ioctl(descriptor, request, argument);
    }

    /// <summary>clock_gettime(2) of CLOCK_MONOTONIC, which cannot fail for this clock.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static long MonotonicNs()
    {
        long* time = stackalloc long[2];
        // Safe: struct timespec of 64-bit Linux is two longs, and lives on this frame.
        _ = ReadClock(MonotonicClock, time);
        return (time[0] * NanosecondsPerSecond) + time[1];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private nint ReadAgain(int descriptor, ulong* answer)
    {
        *answer = 0;
        // Safe: the caller's pinned eight bytes.
        return Read(descriptor, new Span<byte>(answer, sizeof(ulong)));
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    [SuppressGCTransition]
    private static partial nint ReadShortly(nint number, nint descriptor, ulong* count, nint bytes);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint ReadWaiting(nint number, nint descriptor, ulong* count, nint bytes);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int ReadClock(int clock, long* time);

    [LibraryImport("libc", EntryPoint = "syscall")]
    [SuppressGCTransition]
    private static partial nint IoctlShortly(nint number, nint descriptor, nint request, nint argument);
}
