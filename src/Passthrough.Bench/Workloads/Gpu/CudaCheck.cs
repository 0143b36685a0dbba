using System.Globalization;
using Passthrough.Bench.Engine;

namespace Passthrough.Bench.Workloads.Gpu;

/// <summary>Turns a failed call of the driver into the one sentence a person reads, keeping call and number.</summary>
internal static class CudaCheck
{
    // Numbers of cuda.h that a person can act upon.
    private const int OutOfMemory = 2;
    private const int NoDevice = 100;
    private const int InvalidDevice = 101;
    private const int NotPermitted = 800;
    private const int NotSupported = 801;
    private const int SystemDriverMismatch = 803;
    private const int SystemNotReady = 802;

    /// <summary>Nothing on success; else the exception.</summary>
    public static void Check(this ICudaDriver driver, int result, string call, string subject)
    {
        if (result == 0)
        {
            return;
        }

        string name = driver.NameOf(result) ?? string.Create(CultureInfo.InvariantCulture, $"error {result}");
        string meaning = result switch
        {
            OutOfMemory => "there is not that much memory left, on the device or to lock on the host",
            NoDevice => "the driver finds no GPU it can use: see that it is bound to the nvidia driver and that /dev/nvidia* exist",
            InvalidDevice => "the driver knows no such GPU",
            NotPermitted => "this process may not do that",
            NotSupported => "this GPU or this virtual machine does not offer it",
            SystemNotReady => "the GPU's fabric is not ready: the fabric manager has to run",
            SystemDriverMismatch => "the library and the loaded kernel module are of different versions: reboot, or reload the module",
            _ => "see the driver's messages in the kernel log",
        };
        throw new BenchException($"{call} on {subject} failed with {name}: {meaning}.", call, subject, result);
    }
}
