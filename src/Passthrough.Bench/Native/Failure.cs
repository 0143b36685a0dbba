using Passthrough.Bench.Engine;

namespace Passthrough.Bench.Native;

/// <summary>Turns a failed call into the one sentence a person reads, keeping call, path and errno.</summary>
internal static class Failure
{
    /// <summary>"CALL on PATH failed with ERRNO: what it means here."</summary>
    /// <param name="call">The call or ioctl as the kernel names it.</param>
    /// <param name="path">What it was made on.</param>
    /// <param name="result">The negated errno.</param>
    /// <param name="meaning">What it means at this place; null for the general words.</param>
    public static BenchException Of(string call, string path, long result, string? meaning = null)
    {
        int errno = (int)-result;
        return new BenchException($"{call} on {path} failed with {Errno.Name(errno)}: {meaning ?? Errno.Meaning(errno)}.", call, path, errno);
    }

    /// <summary>The result, or the exception when it is negative.</summary>
    public static int Check(int result, string call, string path) => result >= 0 ? result : throw Of(call, path, result);
}
