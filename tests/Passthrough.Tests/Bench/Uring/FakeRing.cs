using System.Runtime.InteropServices;
using Passthrough.Bench.Uring;
using Passthrough.Tests.Bench.Native;

namespace Passthrough.Tests.Bench.Uring;

/// <summary>The kernel's side of an io_uring in plain memory: takes submissions, answers each, and keeps what it was asked.</summary>
internal sealed class FakeRing : IDisposable
{
    private const int Array = 64;
    private const int CompletionArray = 4096;
    private readonly nint _rings = Marshal.AllocHGlobal(1 << 16);
    private readonly nint _entries = Marshal.AllocHGlobal(1 << 16);
    private int _maps;

    public FakeRing(uint entries)
    {
        for (int i = 0; i < 1 << 16; i += 8)
        {
            Marshal.WriteInt64(_rings, i, 0);
            Marshal.WriteInt64(_entries, i, 0);
        }

        Marshal.WriteInt32(_rings, 8, (int)entries - 1);
        Marshal.WriteInt32(_rings, 24, (int)(entries * 2) - 1);
        System.OnUringSetup = (_, address) =>
        {
            Marshal.StructureToPtr(
                new UringParameters
                {
                    SubmissionEntries = entries,
                    CompletionEntries = entries * 2,
                    Features = Features,
                    Submission = new SubmissionOffsets { Head = 0, Tail = 4, Mask = 8, Array = Array },
                    Completion = new CompletionOffsets { Head = 16, Tail = 20, Mask = 24, Entry = CompletionArray },
                },
                address,
                fDeleteOld: false);
            return System.NewDescriptor("ring");
        };
        System.OnMap = (_, _) => _maps++ == 0 ? _rings : _entries;
        System.OnUringEnter = (submit, _) => Enter(submit);
    }

    public FakeSystemCalls System { get; } = new();

    public uint Features { get; set; } = 1;

    /// <summary>Every submission in the bytes the kernel saw.</summary>
    public List<byte[]> Submissions { get; } = [];

    /// <summary>Result of a read of so many bytes.</summary>
    public Func<int, int> Answer { get; set; } = bytes => bytes;

    /// <summary>At most so many submissions are taken by one call.</summary>
    public int TakesAtOnce { get; set; } = int.MaxValue;

    public void Dispose()
    {
        Marshal.FreeHGlobal(_rings);
        Marshal.FreeHGlobal(_entries);
        System.Dispose();
    }

    private int Enter(uint submit)
    {
        int taken = 0;
        uint head = (uint)Marshal.ReadInt32(_rings, 0);
        uint tail = (uint)Marshal.ReadInt32(_rings, 4);
        for (; head != tail && taken < Math.Min(submit, (uint)TakesAtOnce); head++, taken++)
        {
            int index = Marshal.ReadInt32(_rings, Array + (4 * (int)(head & (uint)Marshal.ReadInt32(_rings, 8))));
            byte[] entry = new byte[64];
            Marshal.Copy(_entries + (index * 64), entry, 0, 64);
            Submissions.Add(entry);
            uint completionTail = (uint)Marshal.ReadInt32(_rings, 20);
            int at = CompletionArray + (16 * (int)(completionTail & (uint)Marshal.ReadInt32(_rings, 24)));
            Marshal.WriteInt64(_rings, at, BitConverter.ToInt64(entry, 32));
            Marshal.WriteInt32(_rings, at + 8, Answer(BitConverter.ToInt32(entry, 24)));
            Marshal.WriteInt32(_rings, 20, (int)(completionTail + 1));
        }

        Marshal.WriteInt32(_rings, 0, (int)head);
        return taken;
    }
}
