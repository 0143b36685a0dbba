using System.CommandLine;
using System.Globalization;
using System.Text;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis;
using Passthrough.Diagnosis.Planning;
using Passthrough.Host.Evidence;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;

namespace Passthrough.Cli.Verbs;

/// <summary>The options that say what a plan is for, as <c>tune plan</c> and <c>tune apply</c> take them.</summary>
internal sealed class PlanOptions
{
    private readonly Option<string[]> _device = new("--device") { Description = "Functions that are to be given to guests.", HelpName = "BDF", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _domain = new("--domain") { Description = "A guest: its domain XML or Proxmox .conf, or the name of one that this machine defines. Its functions and huge pages are planned for.", HelpName = "FILE|NAME" };
    private readonly Option<string?> _profile = new("--profile") { Description = "What the guests are for." };
    private readonly Option<string[]> _functions = new("--vfs") { Description = "Virtual functions that a physical function is to have, left to guests, also after a boot.", HelpName = "BDF=N", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> _types = new("--group-type") { Description = "Default domain that the group of a function is to have: DMA, DMA-FQ or identity.", HelpName = "BDF=TYPE", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _user = new("--user") { Description = "A user who starts guests by hand and is to be allowed to lock their memory.", HelpName = "NAME" };

    /// <summary>Adds them to a verb.</summary>
    public PlanOptions(Command command)
    {
        _profile.AcceptOnlyFromAmong("gpu", "nic", "nvme", "realtime");
        foreach (Option option in (Option[])[_device, _domain, _profile, _functions, _types, _user])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>One of them was given.</summary>
    public bool Any(ParseResult parsed) => ((Option[])[_device, _domain, _profile, _functions, _types, _user]).Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>Judges the machine and plans for it.</summary>
    public (HostModel Model, TuningPlan Plan) Plan(ParseResult parsed, IEvidence evidence)
    {
        HostModel model = HostReader.Read(evidence);
        List<PciAddress> devices = [.. Shared.Addresses(parsed.GetValue(_device))];
        if (parsed.GetValue(_domain) is { } domain)
        {
            Guest guest = GuestOf(model, domain);
            model = model with { Guests = model.Guests with { All = [.. model.Guests.All.Where(other => other.Name != guest.Name), guest] } };
            devices.AddRange(guest.Definition.Value!.Devices.Select(given => given.Address).Except(devices));
        }

        Profile? profile = parsed.GetValue(_profile) is { } word ? Enum.Parse<Profile>(word, ignoreCase: true) : null;
        AuditResult audit = CheckVerb.Judge(model, new AuditOptions { Devices = devices, Profile = profile, Today = CheckVerb.Day(null, evidence) }, evidence);
        return (model, Planner.Plan(audit, new PlanIntent
        {
            Devices = devices,
            Profile = profile,
            User = parsed.GetValue(_user),
            VirtualFunctions = [.. Pairs(parsed.GetValue(_functions), "--vfs", "0000:01:00.0=4").Select(pair => (pair.Function,
                int.TryParse(pair.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : throw CliException.Usage($"'{pair.Value}' is no number of virtual functions.")))],
            GroupTypes = [.. Pairs(parsed.GetValue(_types), "--group-type", "0000:01:00.0=identity").Select(pair => (pair.Function,
                pair.Value is "DMA" or "DMA-FQ" or "identity" ? pair.Value : throw CliException.Usage($"'{pair.Value}' is no default domain: write DMA, DMA-FQ or identity.")))],
        }));
    }

    private static IEnumerable<(PciAddress Function, string Value)> Pairs(IEnumerable<string>? words, string option, string example) => (words ?? []).Select(word =>
        word.Split('=') is [var address, var value] ? (Shared.Addresses([address])[0], value) : throw CliException.Usage($"'{word}' is not what {option} takes: write it as {example}."));

    // A word with a file behind it is a file; else it is the name of a guest that was found on the machine.
    private static Guest GuestOf(HostModel model, string word)
    {
        if (!File.Exists(word) && word != "-")
        {
            Guest known = model.Guests.All.FirstOrDefault(guest => guest.Name == word || guest.Definition.Or(null)?.Name == word)
                ?? throw CliException.CouldNotLook($"There is no file and no guest of the name {word}"
                    + (model.Guests.All.Count == 0 ? ": no definition of a guest was found." : $": there are {string.Join(", ", model.Guests.All.Select(guest => guest.Name).Take(8))}."));
            return known.Definition.IsKnown ? known : throw CliException.CouldNotLook($"The definition of {known.Name} cannot be read: {known.Definition.Why ?? known.Definition.Outcome.ToString()}.");
        }

        string text = Encoding.UTF8.GetString(Sink.Read(word));
        Reading<GuestDefinition> definition = word.EndsWith(".conf", StringComparison.Ordinal) ? ProxmoxParser.Parse(text, word) : DomainXmlParser.Parse(text, word);
        return definition.IsKnown
            ? DomainLint.Given(model, definition.Value!, word)
            : throw CliException.CouldNotLook($"{word} is no domain XML: {definition.Why}; give what 'virsh dumpxml' prints.");
    }
}
