using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;

namespace Passthrough.Diagnosis;

/// <summary>Judges one definition of a guest, that need not be known to the machine, against this machine. Pure.</summary>
public static class DomainLint
{
    /// <summary>
    /// The guest as it is to be judged: where the machine knows one of its name, whether that one runs and starts with the machine
    /// counts; else it does neither, as far as the machine's guests could be listed.
    /// </summary>
    public static Guest Given(HostModel model, GuestDefinition definition, string path)
    {
        string name = definition.Name ?? "unnamed";
        Guest? known = model.Guests.All.FirstOrDefault(guest => guest.Name == name || (definition.IsProxmox && guest.Definition.Or(null)?.Name == name));
        bool? neither = model.Guests.UnseenFolder is null ? false : null;
        return new Guest
        {
            Name = name,
            Path = path,
            Definition = Host.Evidence.Reading.Of(definition, path),
            IsRunning = known is null ? neither : known.IsRunning,
            IsAutostarted = known is null ? false : known.IsAutostarted,
            IsGiven = true,
        };
    }

    /// <summary>The checks about guests, for this guest only. Cause and readiness speak of the whole machine with this guest.</summary>
    public static AuditResult Judge(HostModel model, Guest guest, DateOnly today)
    {
        HostModel with = model with
        {
            Guests = model.Guests with { All = [.. model.Guests.All.Where(other => other.Name != guest.Name).Append(guest).OrderBy(other => other.Name, StringComparer.Ordinal)] },
        };
        AuditResult audit = Auditor.Judge(with, new AuditOptions { Today = today });
        string subject = "domain:" + guest.Name;
        HashSet<string> ids = [.. Catalog.Guests.Select(check => check.Id)];
        return audit with { Findings = [.. audit.Findings.Where(finding => finding.Subject == subject && ids.Contains(finding.Id))] };
    }

    /// <summary>What the guest takes from the machine, line by line with the arithmetic: title and text.</summary>
    public static IReadOnlyList<(string Title, string Text)> Budget(HostModel model, Guest guest) =>
        guest.Definition.IsKnown ? GuestBudgetLines.Of(model, guest.Definition.Value!) : [];
}
