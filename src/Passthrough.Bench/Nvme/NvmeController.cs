using System.Runtime.InteropServices;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Nvme;

/// <summary>
/// An NVMe controller driven from user space through VFIO: it is brought up, asked, given one I/O queue pair that reads, and shut
/// down. Doorbells are always written to the device: the doorbell buffer (admin opcode 7Ch), which emulated controllers offer, is
/// never enabled, so a doorbell costs what it costs. Steps: NVM Express Base Specification 2.0, section 3.5.1.
/// <para>
/// A process that is killed leaves no DMA behind: closing the last descriptor of the device lets vfio_pci_core_disable() clear the
/// bus master bit before anything else and then reset the function (drivers/vfio/pci/vfio_pci_core.c), and mapped memory stays
/// pinned until the address space is closed as well (drivers/vfio/vfio_iommu_type1.c).
/// </para>
/// </summary>
internal sealed partial class NvmeController : IDisposable
{
    /// <summary>Longest wait for an admin command, and for the controller to say that it has shut down.</summary>
    public const int CommandTimeoutMs = 10_000;

    private const int AdminEntries = 32;
    private const int ControlBytes = 512 << 10;
    private readonly ISystemCalls _system;
    private readonly PciAddress _address;
    private VfioDevice? _device;
    private MmioRegion? _registers;
    private readonly List<DmaBuffer> _buffers = [];
    private IovaCursor? _iovas;
    private DmaBuffer? _control;
    private NvmeQueue? _admin;
    private int _controlUsed;
    private int _queuesMade;

    private NvmeController(ISystemCalls system, PciAddress address)
    {
        _system = system;
        _address = address;
    }

    /// <summary>The open device.</summary>
    public VfioDevice Device => _device!;

    /// <summary>The CAP register.</summary>
    public NvmeCapabilities Capabilities { get; private set; }

    /// <summary>Opens a function bound to vfio-pci, resets its controller and makes it ready.</summary>
    public static NvmeController Open(ISystemCalls system, PciAddress address, VfioBackend backend)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            // Elsewhere a store to a device needs a barrier instruction that .NET does not promise.
            throw new BenchException("register writes of a device are ordered as this workload needs it on x86-64 only.");
        }

        var controller = new NvmeController(system, address);
        try
        {
            controller._device = VfioDevice.Open(system, address, backend);
            controller.BringUp();
            return controller;
        }
        catch
        {
            controller.Dispose();
            throw;
        }
    }

    /// <summary>Memory that the controller reaches; it is given back when the controller has been shut down.</summary>
    public DmaBuffer MapBuffer(long bytes, PageKind kind, bool smallIommuPages = false)
    {
        _iovas ??= new IovaCursor(Device.Space.Space);
        DmaBuffer buffer = DmaBuffer.Map(_system, Device.Space, _iovas, bytes, kind, smallIommuPages);
        _buffers.Add(buffer);
        return buffer;
    }

    /// <summary>Throws the sentence for a controller that is gone or has given up; else returns.</summary>
    public void CheckAlive()
    {
        uint status = _registers!.Read(NvmeRegisters.Status);
        if (status == NvmeRegisters.AllOnes)
        {
            throw new BenchException($"{_address} reads as all ones: it was removed, reset or lost its power while it was in use.");
        }

        if ((status & NvmeRegisters.Fatal) != 0)
        {
            throw new BenchException($"the controller {_address} reports a fatal status (CSTS 0x{status:x}): it has to be reset before it works again.");
        }
    }

    /// <summary>
    /// Deletes the queues, has the controller shut down (CC.SHN), disables it, and closes the device. Nothing here throws: what the
    /// controller no longer does, the reset at the closing of the device does.
    /// </summary>
    public void Dispose()
    {
        if (_registers is not null && _device is not null)
        {
            try
            {
                ShutDown();
            }
            catch (BenchException)
            {
                // The device is gone or dead; closing it takes its bus master bit.
            }
        }

        // A controller that could not be stopped finds nothing mapped from here on: its DMA faults instead of reaching freed memory.
        foreach (DmaBuffer buffer in _buffers)
        {
            buffer.Dispose();
        }

        _buffers.Clear();
        _device?.Dispose();
        _device = null;
    }

    private void BringUp()
    {
        VfioDevice device = _device!;
        MmioRegion registers = device.MapBar(0);
        device.EnableMemoryAndMaster();
        ulong low = registers.Read(NvmeRegisters.Capabilities);
        ulong high = registers.Read(NvmeRegisters.Capabilities + 4);
        if (low == NvmeRegisters.AllOnes && high == NvmeRegisters.AllOnes)
        {
            throw new BenchException($"{_address} reads as all ones: it does not answer memory accesses, because it is gone or in a low power state.");
        }

        Capabilities = new NvmeCapabilities((high << 32) | low);
        _registers = registers;
        if (Capabilities.MinPageBytes > PrpList.PageBytes)
        {
            throw new BenchException($"the controller {_address} takes memory pages of {Capabilities.MinPageBytes} bytes at least, and this driver uses 4096.");
        }

        uint commandSet = Capabilities.CommandSet ?? throw new BenchException($"the controller {_address} reads no namespace: it has administrative commands only.");
        Disable();
        _control = MapBuffer(ControlBytes, PageKind.Base4K);
        (nint commands, ulong commandsIova) = TakeControl(PrpList.PageBytes);
        (nint completions, ulong completionsIova) = TakeControl(PrpList.PageBytes);
        registers.Write(NvmeRegisters.AdminQueueAttributes, ((AdminEntries - 1) << 16) | (AdminEntries - 1));
        WriteWide(NvmeRegisters.AdminSubmissionQueue, commandsIova);
        WriteWide(NvmeRegisters.AdminCompletionQueue, completionsIova);
        registers.Write(NvmeRegisters.Configuration, NvmeRegisters.EntrySizes | commandSet | NvmeRegisters.Enable);
        AwaitStatus(NvmeRegisters.Ready, NvmeRegisters.Ready, Capabilities.ReadyTimeoutMs, "did not become ready");
        _admin = new NvmeQueue(registers, 0, AdminEntries, commands, completions, Capabilities.DoorbellStrideBytes);
    }

    private void ShutDown()
    {
        try
        {
            if (_admin is not null)
            {
                CheckAlive();
                DeleteQueues();
                uint configuration = _registers!.Read(NvmeRegisters.Configuration) & ~NvmeRegisters.ShutdownMask;
                _registers.Write(NvmeRegisters.Configuration, configuration | NvmeRegisters.NormalShutdown);
                AwaitStatus(NvmeRegisters.ShutdownStatusMask, NvmeRegisters.ShutdownComplete, CommandTimeoutMs, "did not say that it has shut down");
            }
        }
        finally
        {
            _admin = null;
            Disable();
        }
    }

    private void Disable()
    {
        uint configuration = _registers!.Read(NvmeRegisters.Configuration);
        if ((configuration & NvmeRegisters.Enable) != 0)
        {
            _registers.Write(NvmeRegisters.Configuration, configuration & ~NvmeRegisters.Enable);
        }

        AwaitStatus(NvmeRegisters.Ready, 0, Capabilities.ReadyTimeoutMs, "did not stop", fatalMatters: false);
    }

    private void AwaitStatus(uint mask, uint wanted, int timeoutMs, string what, bool fatalMatters = true)
    {
        long endNs = Clock.NowNs + (timeoutMs * 1_000_000L);
        while (true)
        {
            uint status = _registers!.Read(NvmeRegisters.Status);
            if (status == NvmeRegisters.AllOnes || (fatalMatters && (status & NvmeRegisters.Fatal) != 0))
            {
                CheckAlive();
            }

            if ((status & mask) == wanted)
            {
                return;
            }

            if (Clock.NowNs > endNs)
            {
                throw new BenchException($"the controller {_address} {what} within {timeoutMs} ms (CSTS 0x{status:x}); a reset of the function may help.");
            }

            Thread.Sleep(1);
        }
    }

    private void WriteWide(int offset, ulong value)
    {
        _registers!.Write(offset, (uint)value);
        _registers.Write(offset + 4, (uint)(value >> 32));
    }

    private unsafe (nint Address, ulong Iova) TakeControl(long bytes)
    {
        if (_controlUsed + bytes > _control!.Bytes)
        {
            throw new BenchException($"the controller's queues need more than the {_control.Bytes} bytes set aside for them.");
        }

        (nint, ulong) taken = (_control.Address + _controlUsed, _control.Iova + (ulong)_controlUsed);
        // Safe: the range lies inside the buffer. The queues' phase bits rely on zeroes.
        new Span<byte>((void*)taken.Item1, (int)bytes).Clear();
        _controlUsed += (int)bytes;
        return taken;
    }
}
