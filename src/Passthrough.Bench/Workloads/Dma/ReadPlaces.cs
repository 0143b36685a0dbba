namespace Passthrough.Bench.Workloads.Dma;

/// <summary>Where reads go: each gives the next block's number, random or sequential, without allocation.</summary>
internal struct ReadPlaces
{
    private readonly ulong _count;
    private readonly bool _random;
    private ulong _state;
    private ulong _next;

    /// <summary>Places among so many.</summary>
    public ReadPlaces(ulong count, bool random, long seed)
    {
        _count = count;
        _random = random;
        // A state of zero would stay zero; the odd constant keeps every seed apart from it.
        _state = ((ulong)seed << 1) + 0x9E3779B97F4A7C15;
    }

    /// <summary>The next place.</summary>
    public ulong Next()
    {
        if (!_random)
        {
            ulong place = _next;
            _next = _next + 1 == _count ? 0 : _next + 1;
            return place;
        }

        // xorshift64*: a full-period generator.
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return Math.BigMul(_state * 0x2545F4914F6CDD1D, _count, out _);
    }
}
