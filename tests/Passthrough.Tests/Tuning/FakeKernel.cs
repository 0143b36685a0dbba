using Passthrough.Host.Evidence;
using Passthrough.Tuning;

namespace Passthrough.Tests.Tuning;

/// <summary>A kernel of a few files: writes land in a dictionary, drivers bind as the PCI core binds them.</summary>
internal sealed class FakeKernel : IKernelFile, IEvidence
{
    public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Links { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Refuse { get; } = new(StringComparer.Ordinal);

    /// <summary>Driver that claims a function when it is probed without an override.</summary>
    public Dictionary<string, string> NativeDriver { get; } = new(StringComparer.Ordinal);

    public List<string> Writes { get; } = [];

    public SourceKind Kind => SourceKind.Live;

    public string DisplayName => "fake";

    public string? Write(string path, string value)
    {
        Writes.Add($"{path}={value.Trim()}");
        if (Refuse.TryGetValue(path, out string? error))
        {
            return error;
        }

        string[] parts = path.Split('/');
        if (path == "/sys/bus/pci/drivers_probe")
        {
            Probe(value);
        }
        else if (parts is ["", "sys", "bus", "pci", "drivers", var driver, var action])
        {
            return BindOrUnbind(driver, action, value);
        }
        else if (!Files.ContainsKey(path))
        {
            return "ENOENT";
        }
        else
        {
            Files[path] = path.EndsWith("/driver_override", StringComparison.Ordinal) && value == "\n" ? "(null)" : value;
        }

        return null;
    }

    public Answer Ask(Question question) => question.Verb switch
    {
        Verb.Read => Files.TryGetValue(question.Path, out string? text) ? Answer.Of(text) : Answer.Absent,
        Verb.Link => Links.TryGetValue(question.Path, out string? target) ? Answer.Of(target) : Answer.Absent,
        Verb.List => Answer.Of(string.Join('\n', Links.Keys.Concat(Files.Keys)
            .Where(path => path.StartsWith(question.Path + "/", StringComparison.Ordinal))
            .Select(path => path[(question.Path.Length + 1)..].Split('/')[0]).Distinct().Order(StringComparer.Ordinal))),
        _ => Answer.NotRecorded,
    };

    private void Probe(string device)
    {
        string folder = "/sys/bus/pci/devices/" + device;
        if (Links.ContainsKey(folder + "/driver"))
        {
            return;
        }

        string wanted = Files.GetValueOrDefault(folder + "/driver_override", "").Trim();
        string? driver = wanted.Length > 0 && wanted != "(null)" ? wanted : NativeDriver.GetValueOrDefault(device);
        if (driver is not null)
        {
            Links[folder + "/driver"] = "../../../bus/pci/drivers/" + driver;
        }
    }

    private string? BindOrUnbind(string driver, string action, string device)
    {
        string link = $"/sys/bus/pci/devices/{device}/driver";
        bool bound = Links.TryGetValue(link, out string? target) && target.EndsWith("/" + driver, StringComparison.Ordinal);
        if (action == "unbind")
        {
            return bound && Links.Remove(link) ? null : "ENODEV";
        }

        Links[link] = "../../../bus/pci/drivers/" + driver;
        return null;
    }
}
