using System.CommandLine;
using System.Globalization;
using Passthrough.Cli.Output;
using Passthrough.Host.Acpi;
using Passthrough.Reports.Json;
using Spectre.Console;

namespace Passthrough.Cli.Verbs;

/// <summary><c>ptdiag acpi</c>: decodes a DMAR or IVRS table.</summary>
internal static class AcpiVerb
{
    public static Command Build()
    {
        Argument<string> file = new("FILE") { Description = "A binary table, for example /sys/firmware/acpi/tables/DMAR." };
        Option<string> format = Shared.Format("text", "json");
        Option<FileInfo?> output = Shared.Output();
        var command = new Command("acpi",
            "Decodes a DMAR (Intel) or IVRS (AMD) table: units, scopes, reserved memory, flags, and what does not add up.\n\nExamples:\n"
            + "  ptdiag acpi /sys/firmware/acpi/tables/DMAR\n  ptdiag acpi ivrs.dat --format json")
        {
            file, format, output,
        };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            AcpiDecoded decoded = AcpiDecoder.Decode(Sink.Read(path));
            string? json = decoded.Dmar is { } dmar ? Documents.Acpi(dmar, ToolVersion.Info)
                : decoded.Ivrs is { } ivrs ? Documents.Acpi(ivrs, ToolVersion.Info) : null;
            if (json is null)
            {
                throw CliException.CouldNotLook($"{path} is no DMAR or IVRS table: {decoded.Problem?.TrimEnd('.') ?? "its signature is another"}.");
            }

            if (parsed.GetValue(format) == "json")
            {
                Sink.Write(json, parsed.GetValue(output));
            }
            else
            {
                Terminal.Show(parsed.GetValue(output), console => Draw(console, decoded));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static void Draw(IAnsiConsole console, AcpiDecoded decoded)
    {
        void Line(FormattableString text) => console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
        if (decoded.Dmar is { } dmar)
        {
            Line($"DMAR revision {dmar.Header.Revision} by {dmar.Header.OemId}, checksum {(dmar.Header.ChecksumValid ? "valid" : "WRONG")}, {dmar.HostAddressWidth} address bits");
            Line($"  interrupt remapping {Bit(dmar.InterruptRemapping)}, x2APIC opt-out {Bit(dmar.X2ApicOptOut)}, platform DMA opt-in {Bit(dmar.DmaControlOptIn)}");
            foreach (DmarUnit unit in dmar.Units)
            {
                Line($"  unit at 0x{unit.RegisterBase:x}, segment {unit.Segment}{(unit.IncludeAll ? ", all functions of the segment not named elsewhere" : "")}: {Scopes(unit.Scopes)}");
            }

            foreach (DmarReservedRegion region in dmar.ReservedRegions)
            {
                Line($"  reserved memory 0x{region.Base:x}-0x{region.Limit:x}, segment {region.Segment}: {Scopes(region.Scopes)}");
            }

            Line($"  {dmar.Atsr.Count} ATSR, {dmar.Rhsa.Count} RHSA, {dmar.Andd.Count} ANDD, {dmar.Satc.Count} SATC, {dmar.Sidp.Count} SIDP, {dmar.Skipped.Count} of unknown type");
            Problems(console, dmar.Problems);
        }
        else if (decoded.Ivrs is { } ivrs)
        {
            Line($"IVRS revision {ivrs.Header.Revision} by {ivrs.Header.OemId}, checksum {(ivrs.Header.ChecksumValid ? "valid" : "WRONG")}");
            foreach (IvrsHardwareBlock block in ivrs.Hardware)
            {
                Line($"  IVHD type 0x{block.Type:x} unit {block.DeviceId} at 0x{block.Base:x}: {block.DeviceEntries} device entries, {block.IoApicIds.Count} I/O APICs");
            }

            foreach (IvrsMemoryBlock block in ivrs.Memory)
            {
                Line($"  IVMD type 0x{block.Type:x} for {block.DeviceId}: 0x{block.Start:x}, {block.Length} bytes");
            }

            Line($"  {ivrs.Skipped.Count} blocks of unknown type");
            Problems(console, ivrs.Problems);
        }
    }

    private static void Problems(IAnsiConsole console, IReadOnlyList<string> problems)
    {
        foreach (string problem in problems)
        {
            console.WriteLine("  problem: " + problem);
        }
    }

    private static string Bit(bool value) => value ? "yes" : "no";

    private static string Scopes(IReadOnlyList<DmarScope> scopes) => scopes.Count == 0
        ? "no scopes"
        : string.Join(", ", scopes.Select(scope => string.Create(CultureInfo.InvariantCulture,
            $"{Kind(scope.Type)} {scope.Bus:x2}:{string.Join('/', scope.Path.Select(hop => $"{hop.Device:x2}.{hop.Function:x}"))}")));

    private static string Kind(int type) => type switch
    {
        1 => "endpoint",
        2 => "bridge",
        3 => "ioapic",
        4 => "hpet",
        5 => "namespace",
        _ => "type " + type.ToString(CultureInfo.InvariantCulture),
    };
}
