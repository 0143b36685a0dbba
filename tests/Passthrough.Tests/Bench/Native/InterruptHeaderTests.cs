using System.Diagnostics;
using System.Runtime.InteropServices;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Xunit;

namespace Passthrough.Tests.Bench.Native;

public sealed class InterruptHeaderTests
{
    /// <summary>What our numbers must be, each with the C expression that says it.</summary>
    private static readonly (string Expression, long Ours)[] _facts =
    [
        ("SYS_sched_setscheduler", LinuxSystemCalls.TimerNumbers.Schedule),
        ("SYS_mlockall", LinuxSystemCalls.TimerNumbers.LockMemory),
        ("SYS_munlockall", LinuxSystemCalls.TimerNumbers.UnlockMemory),
        ("SYS_clock_nanosleep", LinuxSystemCalls.TimerNumbers.SleepUntil),
        ("CLOCK_MONOTONIC", TimerFlags.ClockMonotonic),
        ("TIMER_ABSTIME", TimerFlags.AbsoluteTime),
        ("SCHED_FIFO", TimerFlags.SchedulerFifo),
        ("SCHED_RESET_ON_FORK", TimerFlags.ResetOnFork),
        ("MCL_CURRENT", TimerFlags.LockCurrent),
        ("MCL_FUTURE", TimerFlags.LockFuture),
        ("MCL_ONFAULT", TimerFlags.LockOnFault),
        ("sizeof(struct sched_param)", sizeof(int)),
        ("offsetof(struct timespec, tv_nsec)", sizeof(long)),
        ("sizeof(struct timespec)", 2 * sizeof(long)),
        ("VFIO_PCI_MSI_IRQ_INDEX", (long)MessageInterrupt.Msi),
        ("VFIO_PCI_MSIX_IRQ_INDEX", (long)MessageInterrupt.MsiX),
        ("PCI_COMMAND_MEMORY", VfioDevice.CommandMemory),
        ("PCI_COMMAND_MEMORY|PCI_COMMAND_MASTER", VfioDevice.CommandMemoryAndMaster),
        ("PCI_COMMAND_INTX_DISABLE", VfioDevice.CommandNoLineInterrupt),
    ];

    [SkippableFact]
    public void Numbers_agree_with_the_installed_headers()
    {
        Skip.IfNot(File.Exists("/usr/include/linux/vfio.h") && File.Exists("/usr/bin/gcc"), "gcc or the kernel's user headers are not installed");
        Skip.IfNot(RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64, "the numbers are those of x86-64 and arm64");
        string folder = Directory.CreateTempSubdirectory("ptdiag-headers-").FullName;
        try
        {
            string source = Path.Combine(folder, "facts.c");
            File.WriteAllText(source, """
                #define _GNU_SOURCE
                #include <stddef.h>
                #include <stdio.h>
                #include <sched.h>
                #include <time.h>
                #include <sys/mman.h>
                #include <sys/syscall.h>
                #include <linux/pci_regs.h>
                #include <linux/vfio.h>
                int main(void) {
                """ + string.Concat(_facts.Select(fact => $"printf(\"%lld\\n\", (long long)({fact.Expression}));\n")) + "return 0; }\n");
            Run("/usr/bin/gcc", "-o", Path.Combine(folder, "facts"), source);
            string[] lines = Run(Path.Combine(folder, "facts")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

            Assert.Equal(_facts.Select(fact => $"{fact.Expression} = {fact.Ours}"), _facts.Zip(lines, (fact, line) => $"{fact.Expression} = {line}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        string output = process!.StandardOutput.ReadToEnd();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        return output;
    }
}
