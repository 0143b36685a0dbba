using System.Buffers.Binary;
using Passthrough.Bench.Native;

namespace Passthrough.Bench.Workloads.Storage;

/// <summary>Where the next operation goes, which kind it is and how long until the next: the same seed gives the same sequence. Without allocation.</summary>
internal sealed class PlaceSequence
{
    private readonly bool _isRandom;
    private readonly int _readPercent;
    private ulong _state;
    // Apart from the places, so that a mix visits the same places as reads alone.
    private ulong _kindState;
    private long _next;

    /// <summary>A sequence at its beginning.</summary>
    public PlaceSequence(BlockPlan plan)
    {
        _isRandom = plan.IsRandom;
        _readPercent = plan.ReadPercent;
        // A state of zero would stay zero; the odd constant keeps every seed apart from it.
        _state = ((ulong)plan.Seed << 1) + 0x9E3779B97F4A7C15;
        _kindState = ((ulong)plan.Seed << 1) + 0xD1B54A32D192ED03;
    }

    /// <summary>Blocks there are.</summary>
    public long Blocks { get; set; }

    /// <summary>The block of the next operation.</summary>
    public long Next()
    {
        if (_isRandom)
        {
            return (long)Math.BigMul(Draw(ref _state), (ulong)Blocks, out _);
        }

        long block = _next;
        _next = _next + 1 == Blocks ? 0 : _next + 1;
        return block;
    }

    /// <summary>Whether the next operation reads.</summary>
    public bool NextIsRead() => _readPercent switch
    {
        100 => true,
        0 => false,
        _ => Math.BigMul(Draw(ref _kindState), 100ul, out _) < (ulong)_readPercent,
    };

    /// <summary>A gap of exponential distribution with mean 1: gaps of a Poisson process.</summary>
    // The upper 53 bits as a number in (0, 1], so that the logarithm is finite.
    public double NextExponential() => -Math.Log(((Draw(ref _kindState) >> 11) + 1) * (1.0 / (1UL << 53)));

    /// <summary>Content that no device can shorten: some answer zeros and repeated blocks without storing them.</summary>
    public unsafe void FillWithNoise(MemoryRegion region)
    {
        ulong state = _state ^ 0xA0761D6478BD642F;
        // Safe: the region is mapped readable and writable, and is at most a gibibyte.
        var bytes = new Span<byte>((void*)region.Address, (int)region.Bytes);
        for (int at = 0; at + 8 <= bytes.Length; at += 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[at..], Draw(ref state));
        }
    }

    // xorshift64*: a full-period generator without allocation.
    private static ulong Draw(ref ulong state)
    {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return state * 0x2545F4914F6CDD1D;
    }
}
