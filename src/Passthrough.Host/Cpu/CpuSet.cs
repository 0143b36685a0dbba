using System.Globalization;
using System.Text;

namespace Passthrough.Host.Cpu;

/// <summary>A set of CPU (or node) numbers in the kernel's list form, for example <c>0-3,8,10-11</c>.</summary>
public sealed class CpuSet : IEquatable<CpuSet>
{
    /// <summary>The largest number accepted: the kernel's NR_CPUS stays well below.</summary>
    public const int Limit = 65_536;

    private readonly int[] _members;

    private CpuSet(int[] members) => _members = members;

    /// <summary>No CPU.</summary>
    public static CpuSet Empty { get; } = new([]);

    /// <summary>The members, ascending.</summary>
    public IReadOnlyList<int> Members => _members;

    /// <summary>How many members.</summary>
    public int Count => _members.Length;

    /// <summary>A set of these numbers.</summary>
    public static CpuSet Of(IEnumerable<int> members) => new([.. members.Distinct().Order()]);

    /// <summary>Parses the list form; the empty text is the empty set. Source: Documentation/admin-guide/cputopology.rst.</summary>
    public static bool TryParse(string text, out CpuSet set)
    {
        set = Empty;
        text = WithoutEnd(text);
        if (text.Length == 0)
        {
            return true;
        }

        var members = new SortedSet<int>();
        foreach (string part in text.Split(','))
        {
            int dash = part.IndexOf('-', StringComparison.Ordinal);
            string first = dash < 0 ? part : part[..dash];
            string last = dash < 0 ? part : part[(dash + 1)..];
            if (!TryNumber(first, out int low) || !TryNumber(last, out int high) || low > high)
            {
                return false;
            }

            for (int cpu = low; cpu <= high; cpu++)
            {
                members.Add(cpu);
            }
        }

        set = new CpuSet([.. members]);
        return true;
    }

    /// <summary>
    /// Parses the kernel's mask form: hex words separated by commas, most significant first (<c>ff,ffffffff</c>).
    /// <c>8</c> means CPU 3, not eight CPUs.
    /// </summary>
    public static bool TryParseMask(string text, out CpuSet set)
    {
        set = Empty;
        string digits = WithoutEnd(text).Replace(",", "", StringComparison.Ordinal);
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            digits = digits[2..];
        }

        if (digits.Length == 0 || digits.Length * 4 > Limit)
        {
            return false;
        }

        var members = new List<int>();
        for (int i = 0; i < digits.Length; i++)
        {
            if (!char.IsAsciiHexDigit(digits[^(i + 1)]))
            {
                return false;
            }

            int nibble = int.Parse(digits.AsSpan(digits.Length - i - 1, 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            for (int bit = 0; bit < 4; bit++)
            {
                if ((nibble & (1 << bit)) != 0)
                {
                    members.Add((i * 4) + bit);
                }
            }
        }

        set = new CpuSet([.. members]);
        return true;
    }

    /// <summary>True when the number is in the set.</summary>
    public bool Contains(int cpu) => Array.BinarySearch(_members, cpu) >= 0;

    /// <summary>The members that are in both sets.</summary>
    public CpuSet Intersect(CpuSet other) => new([.. _members.Where(other.Contains)]);

    /// <summary>The members that are not in <paramref name="other"/>.</summary>
    public CpuSet Except(CpuSet other) => new([.. _members.Where(cpu => !other.Contains(cpu))]);

    /// <summary>The form that the kernel's bitmaps have: words of 32 bits in hexadecimal, the highest first, with commas between.</summary>
    public string ToMask()
    {
        const int bitsPerWord = 32;
        uint[] words = new uint[_members.Length == 0 ? 1 : (_members[^1] / bitsPerWord) + 1];
        foreach (int cpu in _members)
        {
            words[cpu / bitsPerWord] |= 1u << (cpu % bitsPerWord);
        }

        return words[^1].ToString("x", CultureInfo.InvariantCulture)
            + string.Concat(Enumerable.Reverse(words).Skip(1).Select(word => "," + word.ToString("x8", CultureInfo.InvariantCulture)));
    }

    /// <summary>The list form, shortest.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (int i = 0; i < _members.Length;)
        {
            int end = i;
            while (end + 1 < _members.Length && _members[end + 1] == _members[end] + 1)
            {
                end++;
            }

            if (text.Length > 0)
            {
                text.Append(',');
            }

            text.Append(CultureInfo.InvariantCulture, $"{_members[i]}");
            if (end > i)
            {
                text.Append(CultureInfo.InvariantCulture, $"-{_members[end]}");
            }

            i = end + 1;
        }

        return text.ToString();
    }

    /// <inheritdoc />
    public bool Equals(CpuSet? other) => other is not null && _members.AsSpan().SequenceEqual(other._members);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as CpuSet);

    /// <inheritdoc />
    public override int GetHashCode() => _members.Length == 0 ? 0 : HashCode.Combine(_members.Length, _members[0], _members[^1]);

    // Some kernels (about 5.15) count the terminating NUL into cpulist, cpumap and the topology lists.
    private static string WithoutEnd(string text) => text.Trim().TrimEnd('\0').TrimEnd();

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < Limit;
}
