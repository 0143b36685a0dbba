using Passthrough.Diagnosis.Checks;
using Passthrough.Host.Kernel;
using Passthrough.Host.Logs;

namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>
/// PCI parameters. Sources: drivers/pci/pci.c (pci_setup), arch/x86/pci/common.c (pcibios_setup), drivers/pci/pcie/aspm.c,
/// drivers/pci/pcie/portdrv.c; pcie_acs_override= exists only in patched kernels, which print "PCIe ACS overrides enabled".
/// </summary>
internal sealed class PciFamily : TokenFamily
{
    private static readonly string[] _names = ["pci", "pcie_acs_override", "pcie_aspm", "pcie_aspm.policy", "pcie_ports", "pcie_port_pm"];

    private static readonly Dictionary<string, (bool Harmful, string Reason)> _options = new(StringComparer.Ordinal)
    {
        ["off"] = (true, "off: the kernel does not look for PCI devices at all."),
        ["nomsi"] = (true, "nomsi: no device can use message interrupts, so assigned devices share slow INTx lines, and many do not work."),
        ["nommconf"] = (true, "nommconf: the extended config space is out of reach, and with it ACS, SR-IOV and Resizable BAR."),
        ["disable_acs_redir"] = (true, "disable_acs_redir: peer traffic of the named ports passes by the IOMMU, so their devices share groups. It trades isolation for direct transfers."),
        ["noats"] = (true, "noats: no device may cache translations; some accelerators and shared virtual addressing need that."),
        ["noari"] = (true, "noari: a function has at most seven virtual functions on its bus."),
        ["noacpi"] = (true, "noacpi: interrupt routing does not come from ACPI."),
        ["nocrs"] = (true, "nocrs: the windows that firmware names for host bridges are ignored, so BARs may land where nothing answers."),
        ["nobar"] = (true, "nobar: BARs that firmware left empty stay empty."),
        ["noaer"] = (false, "noaer: PCIe errors are not reported."),
        ["realloc"] = (false, "realloc: the kernel gives bridges new windows where firmware's are too small for the BARs behind them."),
        ["config_acs"] = (false, "config_acs: sets ACS bits of the named functions. It cannot give ACS to a port that has none, and can take isolation away."),
        ["assign-busses"] = (false, "assign-busses: all bus numbers are given anew, so addresses may change."),
        ["pcie_bus_tune_off"] = (false, "pcie_bus_tune_off: payload sizes stay as firmware left them."),
        ["pcie_bus_safe"] = (false, "pcie_bus_safe: every device of a tree gets the largest payload size that all support."),
        ["pcie_bus_perf"] = (false, "pcie_bus_perf: payload sizes are as large as the port above allows, which makes peer-to-peer traffic fail where sizes differ."),
        ["pcie_bus_peer2peer"] = (false, "pcie_bus_peer2peer: every payload size is 128 bytes, so that any two devices can talk."),
        ["pcie_scan_all"] = (false, "pcie_scan_all: all device numbers below a port are tried."),
        ["resource_alignment"] = (false, "resource_alignment: BARs of the named functions get the alignment given."),
    };

    // Valid, and without a part in passing devices through.
    private static readonly string[] _others =
    [
        "bios", "nobios", "conf1", "conf2", "check_enable_amd_mmconf", "noearly", "usepirqmask", "irqmask", "lastbus", "rom", "norom", "use_crs", "use_e820",
        "no_e820", "earlydump", "routeirq", "skip_isa_align", "noioapicquirk", "ioapicreroute", "noioapicreroute", "nodomains", "cbiosize", "cbmemsize",
        "ecrc", "hpiosize", "hpmmiosize", "hpmmioprefsize", "hpmemsize", "hpbussize", "biosirq", "pirqaddr", "big_root_window", "bfsort", "nobfsort", "nomio",
        "norid", "notph",
    ];

    public override bool Takes(CommandLineToken token)
    {
        string name = NameOf(token);
        return _names.Contains(name) || name.StartsWith("pcie_", StringComparison.Ordinal) || name is "pci_acs_override" or "acs_override" or "pci_nomsi";
    }

    public override TokenJudgement Judge(LintContext context, int index)
    {
        CommandLineToken token = context.At(index);
        return NameOf(token) switch
        {
            "pci" => Options(token),
            "pcie_acs_override" => AcsOverride(context, token),
            "pci_acs_override" or "acs_override" => NoEffect(token, "No kernel has this parameter. pcie_acs_override= is that of patched kernels, and it only pretends isolation.", "CMD-009"),
            "pci_nomsi" => NoEffect(token, "The option is written pci=nomsi."),
            "pcie_aspm" => token.Value is "off" or "force" ? Effective(token, "It sets whether PCIe links may sleep.")
                : NoEffect(token, "pcie_aspm= takes off and force; a policy is set with pcie_aspm.policy=."),
            "pcie_aspm.policy" => Effective(token, "It sets how deeply PCIe links may sleep."),
            "pcie_ports" => token.Value is "native" or "compat" or "dpc-native" ? Effective(token, "It sets whether the kernel or firmware handles the services of PCIe ports.")
                : NoEffect(token, "pcie_ports= takes native, dpc-native and compat."),
            "pcie_port_pm" => token.Value is "off" or "force" ? Effective(token, "It sets whether PCIe ports may sleep.")
                : NoEffect(token, "pcie_port_pm= takes off and force."),
            var name when _options.ContainsKey(name) => NoEffect(token, $"It is an option of pci=: write pci={name}."),
            _ when context.UnknownToKernel.Contains(token.Text) => NoEffect(token, "The kernel's log says that it does not know this parameter."),
            _ => Unknown(token, "This parameter is not known here; the kernel log names parameters that the kernel did not know."),
        };
    }

    private static TokenJudgement Options(CommandLineToken token)
    {
        var reasons = new List<string>();
        bool harmful = false, any = false;
        foreach (string option in KernelParameters.Options(token))
        {
            string name = option.Split('=', 2)[0];
            if (name.Length == 0)
            {
                continue;
            }

            if (_options.TryGetValue(name, out (bool Harmful, string Reason) known))
            {
                // realloc=off says the opposite of realloc.
                bool isOff = name == "realloc" && option is "realloc=off";
                reasons.Add(isOff ? "realloc=off: bridges keep the windows that firmware gave them." : known.Reason);
                harmful |= known.Harmful;
                any = true;
            }
            else if (_others.Contains(name))
            {
                reasons.Add($"{name} has no part in passing devices through.");
                any = true;
            }
            else if (option.Contains('@', StringComparison.Ordinal) || option.Contains(':', StringComparison.Ordinal))
            {
                // What follows disable_acs_redir= and resource_alignment= may hold commas of its own on some kernels.
                continue;
            }
            else
            {
                reasons.Add($"The kernel does not know {name} and skips it (\"PCI: Unknown option\").");
            }
        }

        string reason = reasons.Count == 0 ? "It holds no option." : string.Join(' ', reasons.Distinct());
        return harmful ? Harmful(token, reason, "CMD-012") : any ? Effective(token, reason, "CMD-012") : NoEffect(token, reason, "CMD-012");
    }

    private static TokenJudgement AcsOverride(LintContext context, CommandLineToken token) =>
        PlatformEvidence.LogEvents(context.Model, LogEventKind.AcsOverride).Any()
            ? Harmful(token, "This is a patched kernel that pretends isolation: groups are split although the hardware lets their devices reach each other.", "CMD-009")
        : context.Model.Log.IsComplete || context.UnknownToKernel.Any(text => text.StartsWith("pcie_acs_override", StringComparison.Ordinal))
            ? NoEffect(token, "This kernel does not have the patch that reads it: nothing is split, and groups are what the hardware assures.", "CMD-009")
        : Unknown(token, "Stock kernels ignore it silently; patched ones split groups that the hardware does not isolate. The kernel log no longer tells which this is.", "CMD-009");
}
