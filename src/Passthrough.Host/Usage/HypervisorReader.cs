using Passthrough.Host.Evidence;

namespace Passthrough.Host.Usage;

/// <summary>Which hypervisor a virtual machine runs on, by the processor's own word.</summary>
internal static class HypervisorReader
{
    /// <summary>The CPUID signature: "KVMKVMKVM", "TCGTCGTCGTCG", "Microsoft Hv", "VMwareVMware" …</summary>
    public static Reading<string> ReadSignature(IEvidence evidence) =>
        QueryContent.Ask<string>(evidence, Queries.HypervisorSignature, "signature", static (string text, out string value) =>
        {
            value = text;
            return text.Length > 0;
        });
}
