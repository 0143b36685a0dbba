using System.Globalization;
using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Interrupts;

/// <summary>
/// Round trip of one 32-bit read of a device register: on hardware the way over PCI Express and back, in a guest whose device is
/// emulated the exit to the emulator. A read is not posted, so nothing but the answer ends it.
/// </summary>
internal sealed class MmioReadWorkload : IWorkload, IRunsOnCpu
{
    /// <summary>The word for a register that the device's kind decides.</summary>
    public const string Auto = "auto";

    private const uint AllOnes = 0xffffffff;
    private const uint NvmeClass = 0x0108;

    // NVM Express base specification, 3.1: VS, the version, a constant. Edu: the identification, a constant.
    private const int NvmeVersion = 0x08;
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly PciAddress _device;
    private readonly uint _bar;
    private readonly int _offset;
    private readonly int _batch;
    private VfioDevice? _vfio;
    private MmioRegion? _registers;
    private uint _first;
    private long _reads;
    private long _others;

    /// <summary>Checks the parameters; nothing is opened.</summary>
    /// <param name="system">The seam.</param>
    /// <param name="parameters">Parameters.</param>
    /// <param name="device">The function.</param>
    /// <param name="known">What the machine says of it; null when it lists no such function.</param>
    public MmioReadWorkload(ISystemCalls system, ParameterSet parameters, PciAddress device, PciDevice? known)
    {
        _system = system;
        _parameters = parameters;
        _device = device;
        int? harmless = HarmlessRegister(known);
        bool named = parameters.Text("bar") != Auto && parameters.Text("offset") != Auto;
        if (!named && harmless is null)
        {
            throw new BenchException($"{device} is neither an NVMe controller nor an edu device: reading a register can change a device, "
                + "so name one that is safe to read with both bar= and offset=.");
        }

        if (!named)
        {
            Default("bar", "0");
            Default("offset", Hexadecimal(harmless!.Value));
        }

        _bar = (uint)parameters.Number("bar", 0, 5);
        _offset = Register(parameters);
        _batch = (int)parameters.Number("batch", 1, 4096);
        Cpu = parameters.OptionalNumber("threadCpu");
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <summary>Offset in BAR 0 of a constant register of kinds that are known to have one; null for others.</summary>
    public static int? HarmlessRegister(PciDevice? device) => device is null ? null
        : device.Class == NvmeClass ? NvmeVersion
        : Dma.VfioFunctions.Edu([device]).Any() ? EduRegisters.Identification
        : null;

    /// <inheritdoc />
    public void Prepare()
    {
        _vfio = VfioDevice.Open(_system, _device);
        _registers = _vfio.MapBar(_bar);
        if (_offset + 4L > _registers.Bytes)
        {
            throw new BenchException($"BAR {_bar} of {_device} has {_registers.Bytes} bytes, so there is no register at {Hexadecimal(_offset)}.");
        }

        _vfio.SetCommand(VfioDevice.CommandMemory);
        _first = _registers.Read(_offset);
        if (_first == AllOnes)
        {
            throw new BenchException($"the register at {Hexadecimal(_offset)} of BAR {_bar} of {_device} reads all ones, "
                + "as one does that no device answers for; the kernel log says whether the device is gone.");
        }
    }

    /// <inheritdoc />
    public void MarkWitness() => (_reads, _others) = (0, 0);

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        MmioRegion registers = _registers!;
        while (stage.Goes)
        {
            long others = 0;
            long startNs = Clock.NowNs;
            for (int i = 0; i < _batch; i++)
            {
                others += registers.Read(_offset) == _first ? 0 : 1;
            }

            long endNs = Clock.NowNs;
            _reads += _batch;
            _others += others;
            if (_batch == 1)
            {
                stage.Record(endNs - startNs);
            }
            else
            {
                stage.RecordBatch(endNs - startNs, _batch);
            }
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness() =>
        new Dictionary<string, double> { ["reads"] = _reads, ["otherValues"] = _others, ["registerValue"] = _first };

    /// <inheritdoc />
    public void Dispose() => _vfio?.Dispose();

    private void Default(string name, string value)
    {
        if (_parameters.Text(name) == Auto)
        {
            _parameters.Resolve(name, value);
        }
    }

    private static int Register(ParameterSet parameters)
    {
        string text = parameters.Text("offset");
        bool isHexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return long.TryParse(isHexadecimal ? text.AsSpan(2) : text,
            isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None,
            CultureInfo.InvariantCulture, out long offset) && offset is >= 0 and <= int.MaxValue - 4 && offset % 4 == 0
                ? (int)offset
                : throw parameters.Wrong("offset", "a multiple of 4 such as 8 or 0x08");
    }

    private static string Hexadecimal(int offset) => string.Create(CultureInfo.InvariantCulture, $"0x{offset:x2}");
}
