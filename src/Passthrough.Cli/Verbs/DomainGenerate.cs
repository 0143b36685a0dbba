using System.CommandLine;
using Passthrough.Cli.Output;
using Passthrough.Diagnosis.Placement;
using Passthrough.Host.Guests;
using Passthrough.Host.Model;
using Passthrough.Reports.Domains;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag domain generate</c>: a guest that fits this host.</summary>
internal static class DomainGenerate
{
    private const long SmallestPage = 4096;

    public static Command Build()
    {
        Option<string[]> device = new("--device") { Description = "Functions to give to the guest; what has to come along is added.", HelpName = "BDF", AllowMultipleArgumentsPerToken = true, Required = true };
        Option<string> name = new("--name") { Description = "Name of the guest.", DefaultValueFactory = _ => "guest" };
        Option<int> vcpus = new("--vcpus") { Description = "Virtual CPUs.", DefaultValueFactory = _ => 4 };
        Option<string> memory = new("--memory") { Description = "Memory, with a unit (16G, 512M).", DefaultValueFactory = _ => "8G" };
        Option<string> pages = new("--huge-pages") { Description = "Size of the pages behind its memory (2M, 1G), or none.", DefaultValueFactory = _ => "none", HelpName = "SIZE" };
        Option<int> iothreads = new("--iothreads") { Description = "Threads of its disks.", DefaultValueFactory = _ => 0 };
        Option<string?> disk = new("--disk") { Description = "A raw image to boot from.", HelpName = "FILE" };
        Option<string?> root = Shared.Root();
        Option<string?> bundle = Shared.Bundle();
        Option<string> format = Shared.Format("xml", "qemu");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("generate",
            "Writes the definition of a guest that fits this host (or --root, --bundle): all functions of its devices behind root ports, virtual CPUs on whole "
            + "cores near the devices, memory of the same node, QEMU's own threads elsewhere, a PCI window that is large enough. As libvirt's domain XML or as "
            + "QEMU's command line. What does not fit is said with the arithmetic, and then nothing is written.\n\n"
            + "Exit codes: 0 written, 1 it does not fit or a device cannot be given away, 2 wrong use, 3 could not look.\n\nExamples:\n"
            + "  ptdiag domain generate --device 0000:01:00.0 --vcpus 8 --memory 16G --huge-pages 1G > win11.xml\n"
            + "  ptdiag domain generate --device 0000:41:10.0 --name router --format qemu")
        {
            device, name, vcpus, memory, pages, iothreads, disk, root, bundle, format, output,
        };
        command.SetAction(parsed =>
        {
            var request = new GuestRequest(Name(parsed.GetValue(name)!), Positive(parsed.GetValue(vcpus), "--vcpus"), Bytes(parsed.GetValue(memory)!, "--memory"),
                Shared.Addresses(parsed.GetValue(device)), Page(parsed.GetValue(pages)!), parsed.GetValue(iothreads) is >= 0 and <= 1024 and var threads ? threads : throw CliException.Usage("--iothreads is a number from 0 to 1024."));
            HostModel model = HostReader.Read(Shared.Open(parsed.GetValue(root), parsed.GetValue(bundle)));
            GuestDesign design = GuestDesigner.Design(model, [request])[0];
            foreach (string sentence in design.Problems.Concat(design.Notes))
            {
                Console.Error.WriteLine(sentence);
            }

            if (!design.IsPossible)
            {
                return ExitCodes.Failed;
            }

            Sink.Write(parsed.GetValue(format) == "xml" ? DomainXmlWriter.Write(design, parsed.GetValue(disk)) : QemuCommandWriter.Write(design, parsed.GetValue(disk)), parsed.GetValue(output));
            return ExitCodes.Done;
        });
        return command;
    }

    // libvirt takes no slash and no line feed in a name; a name is a file's name there.
    private static string Name(string name) => name.Length is > 0 and <= 200 && !name.Any(character => char.IsControl(character) || character == '/')
        ? name
        : throw CliException.Usage("--name is a word of at most 200 characters without a slash.");

    private static int Positive(int count, string option) => count is > 0 and <= 4096
        ? count
        : throw CliException.Usage($"{option} is a number from 1 to 4096.");

    private static long Bytes(string text, string option)
    {
        int digits = text.TakeWhile(char.IsAsciiDigit).Count();
        return digits < text.Length && ScaledBytes.Parse(text[..digits], text[digits..].Trim()) is >= (1 << 20) and <= (1L << 50) and var bytes && bytes % (1 << 20) == 0
            ? bytes
            : throw CliException.Usage($"{option} {text} is no amount of memory: write whole MiB with a unit, for example 16G or 512M.");
    }

    private static long Page(string text) => text == "none" ? 0
        : Bytes(text, "--huge-pages") is > SmallestPage and var bytes && (bytes & (bytes - 1)) == 0
            ? bytes
            : throw CliException.Usage($"--huge-pages {text} is no page size: 'ptdiag check --all' names those of the machine, 2M and 1G on x86.");
}
