using System.Globalization;
using Passthrough.Bench.Engine;

namespace Passthrough.Bench.Workloads;

/// <summary>The parameters of one run: given ones over defaults, each checked, remembered as they identify the run.</summary>
internal sealed class ParameterSet
{
    /// <summary>The word for a CPU or node that is left to the kernel.</summary>
    public const string Any = "any";

    /// <summary>The word for the first device that fits.</summary>
    public const string First = "first";

    private readonly string _workload;
    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Takes the defaults of the declared parameters and lays the given values over them.</summary>
    public ParameterSet(string workload, IReadOnlyList<WorkloadParameter> declared, IReadOnlyDictionary<string, string> given)
    {
        _workload = workload;
        foreach (WorkloadParameter parameter in declared)
        {
            _values[parameter.Name] = parameter.Default;
        }

        foreach ((string name, string value) in given)
        {
            if (!_values.ContainsKey(name))
            {
                throw new BenchException($"{workload} takes no parameter \"{name}\"; it takes {string.Join(", ", _values.Keys)}.");
            }

            _values[name] = value.Trim();
        }
    }

    /// <summary>All of them, ordinal order.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>A parameter's text.</summary>
    public string Text(string name) => _values[name];

    /// <summary>Writes what a default turned out to be.</summary>
    public void Resolve(string name, string value) => _values[name] = value;

    /// <summary>One of a few words.</summary>
    public string Choice(string name, params ReadOnlySpan<string> words)
    {
        string value = _values[name];
        return words.Contains(value) ? value : throw Wrong(name, "one of " + string.Join(", ", words.ToArray()));
    }

    /// <summary>A whole number in a range, both ends included.</summary>
    public long Number(string name, long least, long most) =>
        long.TryParse(_values[name], NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value >= least && value <= most
            ? value
            : throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));

    /// <summary>A number that is a multiple of another.</summary>
    public long Multiple(string name, long unit, long most)
    {
        long value = Number(name, unit, most);
        return value % unit == 0 ? value : throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"a multiple of {unit}"));
    }

    /// <summary>A CPU or node number; null for "any".</summary>
    public int? OptionalNumber(string name) => _values[name] == Any ? null : (int)Number(name, 0, Host.Cpu.CpuSet.Limit - 1);

    /// <summary>The exception for a wrong value.</summary>
    public BenchException Wrong(string name, string expected) =>
        new($"parameter {name} of {_workload} is \"{_values[name]}\", and it must be {expected}.");
}
