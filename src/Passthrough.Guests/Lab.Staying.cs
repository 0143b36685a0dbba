using System.Text;
using Passthrough.Guests.Qemu;
using Passthrough.Guests.Transports;

namespace Passthrough.Guests;

/// <content>Guests that stay up and take one command after the other.</content>
public sealed partial class Lab
{
    /// <summary>Boots the machine and returns once it takes commands; disposing the guest switches it off, and nothing of it is left.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="limit">How long the guest may live.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="LabException">The guest could not be prepared or did not boot.</exception>
    public async Task<LabGuest> StartAsync(LabMachine machine, TimeSpan limit, CancellationToken cancel)
    {
        Guest guest = await PrepareAsync(machine, cancel).ConfigureAwait(false);
        ShareFolder share = ShareFolder.Create(Path.GetTempPath());
        LabGuest started;
        try
        {
            share.Prepare(machine, guest.Kernel, new LabCommand
            {
                Arguments = ["/bin/sh", "/out/" + LabGuest.Queue + "/serve"],
                Files = new Dictionary<string, byte[]> { [LabGuest.Queue + "/serve"] = Encoding.UTF8.GetBytes(LabGuest.Serve) },
            });
            var files = new GuestFiles(guest.Kernel.Vmlinux, InitramfsOf(machine, guest, share), share.Share, share.Folder, share.Console);
            options.Progress?.Report($"Booting {machine.Name} ({guest.Accelerator}, {guest.Kernel.Release})");
            var off = new CancellationTokenSource();
            started = new LabGuest(machine.Name, guest.Accelerator, share,
                QemuProcess.RunAsync(QemuCommandLine.Build(machine, files, guest.Accelerator), machine.HostCpus, limit, off.Token), off,
                end => LastWords(ShareFolder.ReadText(share.Console), WithoutOwnNoise(end)));
        }
        catch
        {
            share.Dispose();
            throw;
        }

        try
        {
            await started.RunAsync(new GuestCommand("true") { Timeout = TimeSpan.FromMinutes(3) }, cancel).ConfigureAwait(false);
            return started;
        }
        catch
        {
            await started.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
