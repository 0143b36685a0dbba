using Passthrough.Guests;
using Xunit;
using Xunit.Abstractions;

namespace Passthrough.LabTests.Guests;

/// <summary>What every guest offers, seen in the healthy machines.</summary>
public class GuestTests(ITestOutputHelper log)
{
    [SkippableFact]
    public async Task The_exit_code_and_both_outputs_come_back()
    {
        LabRun run = (await Observed.OfAsync("intel-healthy")).Run;
        log.WriteLine($"{run.Wall} {run.Accelerator} {run.Kernel}");

        Assert.Equal(7, run.ExitCode);
        Assert.Equal("spoken\nplaced\n", run.Output);
        Assert.Equal("complained\n", run.Error);
        Assert.Contains(run.Accelerator, (string[])["tcg", "kvm"]);
    }

    [SkippableFact]
    public async Task Lines_are_heard_while_the_guest_runs()
    {
        Assert.Equal(["complained", "placed", "spoken"], (await Observed.OfAsync("intel-healthy")).Lines.Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public async Task Files_come_back_when_they_are_new_or_changed()
    {
        Observed guest = await Observed.OfAsync("intel-healthy");

        Assert.Equal("placed\nchanged\n", guest["placed"]);
        Assert.DoesNotContain("untouched", guest.Run.Files.Keys);
        Assert.Equal(256 * 1024, guest.Run.Files["disk"].Length);
    }

    [SkippableFact]
    public async Task The_agent_is_on_the_path_and_gets_its_words_as_they_are()
    {
        Assert.Equal("agent /usr/local/bin/ptdiag 2 it's $HOME\n", (await Observed.OfAsync("intel-healthy"))["agent"]);
    }

    [SkippableFact]
    public async Task The_guests_kernel_modules_and_configuration_belong_together()
    {
        Observed guest = await Observed.OfAsync("intel-healthy");

        Assert.Equal(guest.Run.Kernel + "\n", guest["kernel"]);
        Assert.Contains($"config-{guest.Run.Kernel}\n", guest["boot"], StringComparison.Ordinal);
        Assert.Equal("CONFIG_VFIO_PCI=m\n", guest["config"]);
        Assert.EndsWith("\n0\n", "\n" + guest["modprobe"], StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_guest_is_a_machine_of_its_own()
    {
        Observed guest = await Observed.OfAsync("intel-healthy");

        Assert.Equal("intel-healthy\nintel-healthy\n", guest["hostname"]);
        Assert.Equal("", guest["logs"]);
        Assert.Equal("lo\n", guest["net"]);
        Assert.Equal("console=ttyS0 quiet loglevel=3 panic=-1 no_timer_check intel_iommu=on\n", guest["cmdline"]);
        Assert.Contains("Linux version " + guest.Run.Kernel, guest["dmesg"], StringComparison.Ordinal);
        foreach (string type in (string[])["proc", "sysfs", "devtmpfs", "devpts", "securityfs", "debugfs", "cgroup2", "hugetlbfs", "overlay"])
        {
            Assert.Contains(" " + type + " ", guest["mounts"], StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData("intel-healthy")]
    [InlineData("amd-healthy")]
    public async Task A_KVM_guest_can_be_made_in_the_guest(string machine)
    {
        Observed guest = await Observed.OfAsync(machine);
        Skip.If(guest.Run.Accelerator == "kvm", "under KVM the guest has what this machine's KVM passes on");

        Assert.Equal("12 created", guest["kvm"]);
    }

    [SkippableFact]
    public async Task A_guest_that_takes_too_long_is_ended_and_leaves_nothing()
    {
        Skip.If(Lab.WhyNot() is not null, Lab.WhyNot());
        (string[] processes, string[] folders) = Left();

        LabException error = await Assert.ThrowsAsync<LabException>(() => new Lab(new LabOptions()).RunAsync(
            LabCatalog.Find("no-iommu")!,
            new LabCommand { Arguments = ["sleep", "600"], Timeout = TimeSpan.FromSeconds(6) },
            CancellationToken.None));

        Assert.StartsWith("The guest no-iommu did not finish within 6 s and was ended", error.Message, StringComparison.Ordinal);
        Assert.Empty(Left().Processes.Except(processes));
        Assert.Empty(Left().Folders.Except(folders));
    }

    [SkippableFact]
    public async Task A_cancelled_guest_leaves_nothing()
    {
        Skip.If(Lab.WhyNot() is not null, Lab.WhyNot());
        (string[] processes, string[] folders) = Left();
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(3));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new Lab(new LabOptions()).RunAsync(
            LabCatalog.Find("no-iommu")!, new LabCommand { Arguments = ["sleep", "600"] }, cancel.Token));

        Assert.Empty(Left().Processes.Except(processes));
        Assert.Empty(Left().Folders.Except(folders));
    }

    [SkippableFact]
    public async Task A_machine_QEMU_refuses_is_a_sentence_with_its_reason()
    {
        Skip.If(Lab.WhyNot() is not null, Lab.WhyNot());
        LabMachine machine = LabCatalog.Find("no-iommu")! with { Devices = [new LabDevice("no-such-device")] };

        LabException error = await Assert.ThrowsAsync<LabException>(() => new Lab(new LabOptions()).RunAsync(
            machine, new LabCommand { Arguments = ["true"] }, CancellationToken.None));

        Assert.Contains("ended without a result", error.Message, StringComparison.Ordinal);
        Assert.Contains("no-such-device", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_kernel_that_panics_is_a_sentence_with_its_reason_and_the_consoles_last_lines()
    {
        Skip.If(Lab.WhyNot() is not null, Lab.WhyNot());

        LabException error = await Assert.ThrowsAsync<LabException>(() => new Lab(new LabOptions()).RunAsync(
            LabCatalog.Find("no-iommu")! with { KernelArguments = ["rdinit=/no/such/init", "init=/no/such/init"] },
            new LabCommand { Arguments = ["true"], Timeout = TimeSpan.FromMinutes(2) },
            CancellationToken.None));

        Assert.Contains("ended without a result", error.Message, StringComparison.Ordinal);
        Assert.Contains("Kernel panic", error.Message, StringComparison.Ordinal);
    }

    /// <summary>QEMU processes of the lab and its folders, as this machine has them now.</summary>
    private static (string[] Processes, string[] Folders) Left()
    {
        string[] processes = [.. Directory.EnumerateDirectories("/proc").Where(IsLabGuest).Order(StringComparer.Ordinal)];
        string[] folders = [.. Directory.EnumerateDirectories(Path.GetTempPath(), "ptdiag-lab-*").Order(StringComparer.Ordinal)];
        return (processes, folders);
    }

    private static bool IsLabGuest(string process)
    {
        try
        {
            string commandLine = File.ReadAllText(Path.Combine(process, "cmdline"));
            return commandLine.Contains("qemu-system", StringComparison.Ordinal)
                && commandLine.Contains("ptdiag-lab-", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not a process, or one that has ended.
            return false;
        }
    }
}
