using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Nvme;
using Passthrough.Bench.Vfio;
using Passthrough.Bench.Workloads.Interrupts;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Dma;

/// <summary>
/// The event descriptor that the interrupt of a controller's completions signals. It counts: a completion that came before the
/// read was entered makes the read return at once, so no wake-up is lost.
/// </summary>
internal sealed class CompletionEvent : IDisposable
{
    private readonly ISystemCalls _system;
    private readonly NvmeController _controller;
    private readonly Descriptor _event;
    private readonly uint _index;
    private readonly bool _routed;
    private StuckReadGuard? _guard;

    /// <summary>Makes the descriptor and routes a vector to it, MSI-X where the device has it.</summary>
    public CompletionEvent(ISystemCalls system, NvmeController controller, PciAddress address, bool spins)
    {
        _system = system;
        _controller = controller;
        VfioDevice device = controller.Device;
        // Vector 0 belongs to the admin queue as well; the I/O queue gets one of its own where there are two.
        bool extended = device.HasVectors(VfioRequests.MsixIndex, 1);
        if (!extended && !device.HasVectors(VfioRequests.MsiIndex, 1))
        {
            throw new BenchException($"{address} offers no message-signalled interrupt through VFIO; wait=poll needs none.");
        }

        _index = extended ? VfioRequests.MsixIndex : VfioRequests.MsiIndex;
        Vector = extended && device.HasVectors(VfioRequests.MsixIndex, 2) ? 1 : 0;
        int descriptor = system.EventDescriptor(spins ? LinuxFlags.NonBlocking : 0);
        _event = descriptor >= 0 ? new Descriptor(system, descriptor, "eventfd") : throw Failure.Of("eventfd2", "eventfd", descriptor);
        try
        {
            device.Route(_index, (uint)Vector, _event.Number);
            _routed = true;
            _guard = new StuckReadGuard(system, _event.Number);
        }
        catch
        {
            Dispose();
            throw;
        }

        // Source of the name: drivers/vfio/pci/vfio_pci_intrs.c, vfio_msi_set_vector_signal.
        Interrupt = InterruptCounts.Read(system)?.NumberOf(
            string.Create(CultureInfo.InvariantCulture, $"vfio-msi{(extended ? "x" : "")}[{Vector}]({address})"));
    }

    /// <summary>The vector that the completion queue has to name.</summary>
    public int Vector { get; }

    /// <summary>The interrupt's number in /proc/interrupts; null when its row was not found.</summary>
    public string? Interrupt { get; }

    /// <summary>Operations are going on; while false a silent device is not missed.</summary>
    public bool Waiting
    {
        set => _guard!.Waiting = value;
    }

    /// <summary>Waits until the queue has a completion, and tells how often the descriptor was read for it.</summary>
    public int Await(NvmeQueue queue)
    {
        for (int reads = 1; ; reads++)
        {
            ulong signals = Read();
            _guard!.Beat();
            // The controller writes the completion before the interrupt: a read without one answers an interrupt that was dealt with before.
            if (queue.HasCompletion)
            {
                return reads;
            }

            if (signals >= StuckReadGuard.Freed)
            {
                _controller.CheckAlive();
                throw new BenchException("no interrupt of a completion reached this process within two seconds of the read's submission.");
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _guard?.Dispose();
        _guard = null;
        if (_routed && _event.Number >= 0)
        {
            _controller.Device.Unroute(_index);
        }

        _event.Dispose();
    }

    private ulong Read()
    {
        while (true)
        {
            nint result = _system.ReadEvent(_event.Number, out ulong count);
            if (result == sizeof(ulong))
            {
                return count;
            }

            if (result is not (-Errno.EAGAIN or -Errno.EINTR))
            {
                throw Failure.Of("read", "eventfd", result);
            }
        }
    }
}
