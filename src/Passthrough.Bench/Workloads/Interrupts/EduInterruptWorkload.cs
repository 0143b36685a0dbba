using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Interrupts;

/// <summary>
/// From a register write of QEMU's edu device to the return of the eventfd read that its message-signalled interrupt wakes.
/// The write leaves the guest synchronously, so its cost is part of the figure. Source: QEMU, docs/specs/edu.rst.
/// </summary>
internal sealed class EduInterruptWorkload : IWorkload, IHasInterrupt, IRunsOnCpu
{
    private const int IdRegister = 0x00;
    private const int RaiseRegister = 0x60;
    private const int AcknowledgeRegister = 0x64;
    private const uint IdMask = 0x0000ffff;
    private const uint Id = 0x000000ed;
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly PciAddress _device;
    private readonly bool _spins;
    private VfioDevice? _vfio;
    private MmioRegion? _registers;
    private Descriptor? _event;
    private StuckReadGuard? _guard;
    private long _merged;
    private long _mergedMark;
    private InterruptCounts? _mark;

    /// <summary>Checks the parameters; nothing is opened.</summary>
    public EduInterruptWorkload(ISystemCalls system, ParameterSet parameters, PciAddress device)
    {
        _system = system;
        _parameters = parameters;
        _device = device;
        _spins = parameters.Choice("wait", "block", "spin") == "spin";
        Cpu = parameters.OptionalNumber("threadCpu");
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public string? Interrupt { get; private set; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            // Elsewhere a store to a device needs a barrier instruction that .NET does not promise.
            throw new BenchException("register writes of a device are ordered as this workload needs it on x86-64 only.");
        }

        _vfio = VfioDevice.Open(_system, _device);
        _registers = _vfio.MapBar(0);
        _vfio.EnableMemoryAndMaster();
        uint id = _registers.Read(IdRegister);
        if ((id & IdMask) != Id)
        {
            throw new BenchException($"{_device} is no edu device: its identification register reads 0x{id:x8}.");
        }

        int descriptor = _system.EventDescriptor(_spins ? LinuxFlags.NonBlocking : 0);
        _event = descriptor >= 0 ? new Descriptor(_system, descriptor, "eventfd") : throw Failure.Of("eventfd2", "eventfd", descriptor);
        _vfio.RouteMsi(_event.Number);
        _guard = new StuckReadGuard(_system, _event.Number);
        Interrupt = InterruptCounts.Read(_system)?.NumberOf($"vfio-msi[0]({_device})");
        // One interrupt before anything is measured: the sentence about a silent device comes from here.
        Execute(new Stage(TimeSpan.FromSeconds(10), 1));
    }

    /// <inheritdoc />
    public void MarkWitness()
    {
        _mergedMark = _merged;
        _mark = InterruptCounts.Read(_system);
    }

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        MmioRegion registers = _registers!;
        StuckReadGuard guard = _guard!;
        guard.Waiting = true;
        try
        {
            while (stage.Goes)
            {
                long startNs = Clock.NowNs;
                registers.Write(RaiseRegister, 1);
                ulong count = Wait();
                long endNs = Clock.NowNs;
                registers.Write(AcknowledgeRegister, 1);
                guard.Beat();
                if (count >= StuckReadGuard.Freed)
                {
                    throw new BenchException($"{_device} raised no interrupt that reached this process within two seconds of being asked.");
                }

                if (count == 1)
                {
                    stage.Record(endNs - startNs);
                }
                else
                {
                    // Two interrupts answered by one read have no latency of their own.
                    _merged++;
                }
            }
        }
        finally
        {
            guard.Waiting = false;
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        var witness = new Dictionary<string, double> { ["merged"] = _merged - _mergedMark };
        if (Interrupt is { } number && _mark is { } mark && InterruptCounts.Read(_system) is { } now
            && now.Total(number) - mark.Total(number) is { } total)
        {
            witness["interrupts"] = total;
            if (Cpu is { } cpu && total > 0 && now.OnCpu(number, cpu) - mark.OnCpu(number, cpu) is { } onCpu)
            {
                witness["onThreadCpu"] = onCpu / (double)total;
            }
        }

        return witness;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _guard?.Dispose();
        _vfio?.UnrouteMsi();
        _vfio?.Dispose();
        _event?.Dispose();
    }

    private ulong Wait()
    {
        Span<byte> count = stackalloc byte[8];
        while (true)
        {
            nint result = _system.Read(_event!.Number, count);
            if (result == 8)
            {
                return BinaryPrimitives.ReadUInt64LittleEndian(count);
            }

            if (result is not (-Errno.EAGAIN or -Errno.EINTR))
            {
                throw Failure.Of("read", "eventfd", result);
            }
        }
    }
}
