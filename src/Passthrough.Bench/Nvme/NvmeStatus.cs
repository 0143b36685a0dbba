using System.Globalization;

namespace Passthrough.Bench.Nvme;

/// <summary>The status field of a completion in words. Source: NVM Express Base Specification 2.0, section 3.3.3.2.1.</summary>
internal static class NvmeStatus
{
    /// <summary>For example "status 0x0281 (the medium could not be read)".</summary>
    public static string Words(int status)
    {
        // Status code in bits 7:0 and its type in 10:8; above them stand retry delay, more, and do-not-retry.
        string meaning = (status & 0x7FF) switch
        {
            0x001 => "the command's opcode is not valid",
            0x002 => "a field of the command is not valid",
            0x004 => "data could not be transferred: the controller's DMA failed, which an IOMMU fault causes as well",
            0x005 => "aborted for a power loss",
            0x006 => "an internal error of the controller",
            0x007 => "aborted on request",
            0x008 => "aborted because its queue was deleted",
            0x00B => "the namespace or its format is not valid",
            0x00C => "the command came in a wrong order",
            0x013 => "an offset of a PRP is not valid",
            0x080 => "the blocks lie outside the namespace",
            0x081 => "more than the namespace's capacity",
            0x082 => "the namespace is not ready",
            0x083 => "a reservation of another host forbids it",
            0x100 => "the completion queue is not valid",
            0x101 => "the queue's identifier is not valid",
            0x102 => "the queue's size is not valid",
            0x108 => "the interrupt vector is not valid",
            0x281 => "the medium could not be read",
            0x286 => "access to the medium is denied",
            _ => ((status >> 8) & 7) switch
            {
                0 => "a general error",
                1 => "an error of this command",
                2 => "an error of the medium or of data integrity",
                3 => "an error of the path to the namespace",
                _ => "an error of the vendor's own",
            },
        };
        return string.Create(CultureInfo.InvariantCulture, $"status 0x{status & 0x7FF:x4} ({meaning})");
    }
}
