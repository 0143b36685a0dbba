using Passthrough.Host.Evidence;

namespace Passthrough.Host.Acpi;

/// <summary>Reads the firmware's remapping tables. They are readable by root alone. Source: Documentation/ABI/testing/sysfs-firmware-acpi.</summary>
public static class AcpiReader
{
    private const string Folder = "/sys/firmware/acpi/tables";

    /// <summary>Reads the folder and the two tables.</summary>
    public static AcpiTables Read(IEvidence evidence) => new()
    {
        Names = evidence.List(Folder),
        Dmar = ReadTable(evidence, "DMAR", static decoded => decoded.Dmar),
        Ivrs = ReadTable(evidence, "IVRS", static decoded => decoded.Ivrs),
    };

    private static Reading<T> ReadTable<T>(IEvidence evidence, string name, Func<AcpiDecoded, T?> pick)
        where T : class
    {
        string path = Folder + "/" + name;
        Answer answer = evidence.Ask(Question.Read(path));
        if (!answer.IsFound)
        {
            return Reading.Missing<T>(answer.Outcome, path, answer.Why);
        }

        AcpiDecoded decoded = AcpiDecoder.Decode(answer.Content);
        return pick(decoded) is { } table
            ? Reading.Of(table, path)
            : Reading.Failed<T>(path, decoded.Problem ?? $"It is a table of another kind, {decoded.Table}.");
    }
}
