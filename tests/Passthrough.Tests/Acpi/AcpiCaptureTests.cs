using System.Globalization;
using System.Text.Json;
using Passthrough.Host.Acpi;
using Passthrough.Tests.Pci;
using Xunit;

namespace Passthrough.Tests.Acpi;

/// <summary>Every captured firmware table against an independent decoding.</summary>
public class AcpiCaptureTests
{
    [SkippableFact]
    public void Captured_tables_decode_as_an_independent_reader_decodes_them()
    {
        Skip.If(Fixtures.Captures is null, "the captures are not beside this checkout");
        var share = new Share();
        string root = Path.Combine(Fixtures.Captures!, "acpi");
        JsonElement truths = JsonDocument.Parse(File.ReadAllText(Path.Combine(root, "truth.json"))).RootElement;
        foreach (JsonProperty machine in truths.EnumerateObject())
        {
            string tables = Path.Combine(root, machine.Name, "sys/firmware/acpi/tables");
            if (machine.Value.TryGetProperty("dmar", out JsonElement dmar))
            {
                DmarTable? table = AcpiDecoder.Decode(File.ReadAllBytes(Path.Combine(tables, "DMAR"))).Dmar;
                share.Same(machine.Name + " DMAR", true, table is { Header.ChecksumValid: true });
                Compare(share, machine.Name, dmar, table!);
            }

            if (machine.Value.TryGetProperty("ivrs", out JsonElement ivrs))
            {
                IvrsTable? table = AcpiDecoder.Decode(File.ReadAllBytes(Path.Combine(tables, "IVRS"))).Ivrs;
                share.Same(machine.Name + " IVRS", true, table is { Header.ChecksumValid: true });
                Compare(share, machine.Name, ivrs, table!);
            }
        }

        share.AtLeast(0.995, 3900);
    }

    private static void Compare(Share share, string name, JsonElement truth, DmarTable table)
    {
        share.Same(name + " width", truth.GetProperty("host_address_width").GetInt32(), table.HostAddressWidth);
        share.Same(name + " interrupt remapping", truth.GetProperty("intr_remap").GetBoolean(), table.InterruptRemapping);
        share.Same(name + " x2apic", truth.GetProperty("x2apic_opt_out").GetBoolean(), table.X2ApicOptOut);
        share.Same(name + " opt in", truth.GetProperty("dma_ctrl_platform_opt_in").GetBoolean(), table.DmaControlOptIn);
        Compare(share, name + " DRHD", truth.GetProperty("drhd"), table.Units,
            (unit, scopes) => $"{Number(unit, "segment")} {Text(unit, "base")} {unit.GetProperty("include_pci_all").GetBoolean()} {scopes}",
            unit => $"{unit.Segment} {Hex(unit.RegisterBase)} {unit.IncludeAll} {Scopes(unit.Scopes)}");
        Compare(share, name + " RMRR", truth.GetProperty("rmrr"), table.ReservedRegions,
            (region, scopes) => $"{Number(region, "segment")} {Text(region, "base")} {Text(region, region.TryGetProperty("limit", out _) ? "limit" : "end")} {scopes}",
            region => $"{region.Segment} {Hex(region.Base)} {Hex(region.Limit)} {Scopes(region.Scopes)}");
        Compare(share, name + " ATSR", truth.GetProperty("atsr"), table.Atsr,
            (atsr, scopes) => $"{Number(atsr, "segment")} {atsr.GetProperty("all_ports").GetBoolean()} {scopes}",
            atsr => $"{atsr.Segment} {(atsr.Flags & 1) != 0} {Scopes(atsr.Scopes)}");
        Compare(share, name + " SATC", truth.GetProperty("satc"), table.Satc,
            (satc, scopes) => $"{Number(satc, "segment")} {satc.GetProperty("atc_required").GetBoolean()} {scopes}",
            satc => $"{satc.Segment} {(satc.Flags & 1) != 0} {Scopes(satc.Scopes)}");
        Compare(share, name + " RHSA", truth.GetProperty("rhsa"), table.Rhsa,
            (rhsa, _) => $"{Text(rhsa, "base")} {Number(rhsa, "proximity_domain")}",
            rhsa => $"{Hex(rhsa.RegisterBase)} {rhsa.ProximityDomain}");
        Compare(share, name + " ANDD", truth.GetProperty("andd"), table.Andd,
            (andd, _) => $"{Number(andd, "acpi_device_number")} {Text(andd, "name")}",
            andd => $"{andd.DeviceNumber} {andd.Name}");
        Compare(share, name + " SIDP", truth.GetProperty("sidp"), table.Sidp,
            (sidp, _) => $"{Number(sidp, "segment")}", sidp => $"{sidp.Segment}");
        share.Same(name + " skipped", truth.GetProperty("other").GetArrayLength(), table.Skipped.Count);
    }

    private static void Compare(Share share, string name, JsonElement truth, IvrsTable table)
    {
        share.Same(name + " IVinfo", Text(truth, "ivinfo"), Hex(table.IvInfo));
        share.Same(name + " revision", Number(truth, "revision"), table.Header.Revision);
        Compare(share, name + " IVHD", truth.GetProperty("ivhd"), table.Hardware,
            (block, _) => $"{Text(block, "type")} {Text(block, "flags")} {Text(block, "device")} {Text(block, "base")} {Number(block, "segment")} {Number(block, "n_entries")} "
                + string.Join(',', block.GetProperty("special").EnumerateArray().Where(special => Text(special, "variety") == "ioapic").Select(special => Number(special, "handle"))),
            block => $"{Hex(block.Type)} {Hex(block.Flags)} {block.DeviceId.ToString()[5..]} {Hex(block.Base)} {block.DeviceId.Domain} {block.DeviceEntries} {string.Join(',', block.IoApicIds)}");
        Compare(share, name + " IVMD", truth.GetProperty("ivmd"), table.Memory,
            (block, _) => $"{Text(block, "type")} {Text(block, "flags")} {Text(block, "device")} {Text(block, "start")} {Text(block, "length")}",
            block => $"{Hex(block.Type)} {Hex(block.Flags)} {block.DeviceId.ToString()[5..]} {Hex(block.Start)} {Hex(block.Length)}");
        Compare(share, name + " skipped", truth.GetProperty("other"), table.Skipped,
            (block, _) => $"{Text(block, "type")} {Number(block, "len")}", block => $"0x{block.Type:x2} {block.Length}");
    }

    private static void Compare<T>(Share share, string name, JsonElement expected, IReadOnlyList<T> actual,
        Func<JsonElement, string, string> expectedText, Func<T, string> actualText)
    {
        share.Same(name + " count", expected.GetArrayLength(), actual.Count);
        int i = 0;
        foreach (JsonElement entry in expected.EnumerateArray())
        {
            string scopes = entry.TryGetProperty("scopes", out JsonElement list) ? Scopes(list) : "";
            share.Same(name + " " + i, expectedText(entry, scopes), i < actual.Count ? actualText(actual[i]) : "none");
            i++;
        }
    }

    private static string Scopes(JsonElement scopes) => string.Join(';', scopes.EnumerateArray().Select(scope =>
        $"{Text(scope, "type")} {Number(scope, "enum_id")} {Text(scope, "start_bus")} {string.Join('/', scope.GetProperty("path").EnumerateArray())}"));

    private static string Scopes(IReadOnlyList<DmarScope> scopes) => string.Join(';', scopes.Select(scope =>
    {
        string type = scope.Type switch { 1 => "endpoint", 2 => "bridge", 3 => "ioapic", 4 => "hpet", 5 => "acpi-namespace", _ => "?" };
        return $"{type} {scope.EnumerationId} {scope.Bus:x2} {string.Join('/', scope.Path.Select(step => $"{step.Device:x2}.{step.Function:x}"))}";
    }));

    private static string Text(JsonElement element, string key) => element.GetProperty(key).GetString()!;

    private static int Number(JsonElement element, string key) => element.GetProperty(key).GetInt32();

    private static string Hex(ulong value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);
}
