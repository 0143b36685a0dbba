namespace Passthrough.Tests.Bench.Native;

/// <content>A call that fails by its number, and memory of devices.</content>
internal sealed partial class FakeSystemCalls
{
    private readonly HashSet<nint> _device = [];

    /// <summary>Which call fails, 0 for the first; null for none. Counted are all calls that can fail on a real kernel, except closing, unmapping and plain reads.</summary>
    public int? FailAt { get; set; }

    /// <summary>With which error number.</summary>
    public int FailErrno { get; set; }

    /// <summary>Calls so far that could have failed.</summary>
    public int FallibleCalls { get; private set; }

    /// <summary>Answer to mmap of a descriptor: memory that the test owns.</summary>
    public Func<nint, nint>? OnMapDevice { get; set; }

    /// <summary>Told what is written to an event descriptor.</summary>
    public Action<byte[]>? OnWrite { get; set; }

    private int Injected() => FallibleCalls++ == FailAt ? -FailErrno : 0;
}
