using System.CommandLine;
using System.Globalization;
using System.Text;
using Passthrough.Cli.Output;
using Passthrough.Host.Evidence;
using Passthrough.Host.Iommu;
using Passthrough.Host.Model;
using Passthrough.Host.Pci;
using Passthrough.Host.Pci.Pasted;
using Passthrough.Reports.Json;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag devices</c>: the inventory.</summary>
internal static class DevicesVerb
{
    public static Command Build()
    {
        Argument<string[]> addresses = new("BDF") { Description = "Only these functions.", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> text = new("--text") { Description = "Read a pasted lspci or group listing ('-' for standard input).", HelpName = "FILE" };
        Option<string?> root = Shared.Root();
        Option<string?> bundle = Shared.Bundle();
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("devices",
            "Lists PCI functions with group, driver, node, link, reset methods and what the host uses them for.\n\nExamples:\n"
            + "  ptdiag devices\n  ptdiag devices 0000:01:00.0 --format json\n  lspci -nnk | ptdiag devices --text -")
        {
            addresses, text, root, bundle, format, output,
        };
        command.SetAction(parsed =>
        {
            IReadOnlyList<PciAddress> only = Shared.Addresses(parsed.GetValue(addresses));
            bool json = parsed.GetValue(format) == "json";
            if (parsed.GetValue(text) is { } path)
            {
                return FromText(path, json, parsed.GetValue(output));
            }

            IEvidence evidence = Shared.Open(parsed.GetValue(root), parsed.GetValue(bundle));
            HostModel model = HostReader.Read(evidence);
            if (model.Pci.Devices.IsKnown && only.Any(address => model.Pci.Find(address) is null))
            {
                throw CliException.CouldNotLook($"There is no PCI function {only.First(address => model.Pci.Find(address) is null)} on {evidence.DisplayName}: "
                    + "'ptdiag devices' lists those there are.");
            }

            if (json)
            {
                Sink.Write(Documents.Devices(model, only, ToolVersion.Info), parsed.GetValue(output));
            }
            else
            {
                IReadOnlyList<PciDevice> shown = [.. model.Pci.All.Where(device => only.Count == 0 || only.Contains(device.Address))];
                Terminal.Show(parsed.GetValue(output), console =>
                {
                    Draw(console, shown, model.Iommu.Groups, model);
                    WhyText.Draw(console, model, only);
                });
            }

            return model.Pci.Devices.IsKnown ? ExitCodes.Done : ExitCodes.CouldNotLook;
        });
        return command;
    }

    private static int FromText(string path, bool json, FileInfo? output)
    {
        PastedListing listing = PastedListing.Parse(Encoding.UTF8.GetString(Sink.Read(path)));
        if (listing.Devices.Count == 0 && listing.Groups.Count == 0)
        {
            throw CliException.CouldNotLook($"{path} holds no PCI function and no IOMMU group that could be recognised: paste the output of 'lspci -nnk' or a group listing.");
        }

        if (json)
        {
            IReadOnlyList<Gap> gaps = [.. listing.Problems.Select(problem => new Gap(path, Outcome.Failed, problem))];
            Sink.Write(Documents.Devices(listing.Devices, listing.Groups, gaps, ToolVersion.Info), output);
        }
        else
        {
            Terminal.Show(output, console => Draw(console, listing.Devices, listing.Groups, null));
        }

        return ExitCodes.Done;
    }

    private static void Draw(IAnsiConsole console, IReadOnlyList<PciDevice> devices, IReadOnlyList<IommuGroup> groups, HostModel? model)
    {
        if (model is { Pci.Devices.IsKnown: false })
        {
            console.WriteLine($"PCI functions could not be seen: {model.Pci.Devices.Source} ({model.Pci.Devices.Why ?? model.Pci.Devices.Outcome.ToString()}).");
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("Function", "Id", "Name", "Group", "Driver", "Node", "Link", "Reset", "Host use");
        foreach (PciDevice device in devices)
        {
            string group = device.IommuGroup.Or(null) ?? groups.FirstOrDefault(item => item.Devices.Contains(device.Address))?.Id
                ?? (device.IommuGroup.IsAbsent ? "none" : "?");
            table.AddRow(
                Cell(device.Address.ToString()),
                Cell($"{Id(device.VendorId)}:{Id(device.DeviceId)}"),
                Cell(Name(device)),
                Cell(group),
                Cell(device.Driver.IsKnown ? device.Driver.Value! : device.Driver.IsAbsent ? "none" : "?"),
                Cell(device.NumaNode.IsKnown ? device.NumaNode.Value.ToString(CultureInfo.InvariantCulture) : "?"),
                Cell(Link(device.Link)),
                Cell(device.ResetMethods.IsKnown ? string.Join(' ', device.ResetMethods.Value!) : device.ResetMethods.IsAbsent ? "none" : "?"),
                Cell(model is not null && model.Usage.Uses.TryGetValue(device.Address, out IReadOnlyList<string>? uses) ? string.Join(", ", uses) : ""));
        }

        console.Write(table);
        List<IommuGroup> shared = [.. groups.Where(group => group.Devices.Count > 1)];
        console.WriteLine($"{devices.Count} function{(devices.Count == 1 ? "" : "s")}, {groups.Count} group{(groups.Count == 1 ? "" : "s")}, {shared.Count} with more than one function; '?' could not be seen.");
        foreach (IommuGroup group in shared)
        {
            console.WriteLine($"  group {group.Id}: {string.Join(' ', group.Devices)}");
        }
    }

    private static Text Cell(string text) => new(text);

    private static string Id(Reading<ushort> reading) => reading.IsKnown ? reading.Value.ToString("x4", CultureInfo.InvariantCulture) : "????";

    private static string Name(PciDevice device)
    {
        string name = device.DeviceName ?? device.VendorName ?? "";
        string code = device.Class is { } value ? $"[{value:x4}] " : "";
        return code + (name.Length > 48 ? name[..47] + "…" : name);
    }

    private static string Link(PciLink link) => link.SpeedGTps.IsKnown && link.Width.IsKnown
        ? string.Create(CultureInfo.InvariantCulture, $"{link.SpeedGTps.Value:0.#} GT/s x{link.Width.Value}")
        : "";
}
