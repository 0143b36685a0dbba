using System.Runtime.InteropServices;
using System.Text;
using Passthrough.Bench.Engine;

namespace Passthrough.Bench.Workloads.Gpu;

/// <summary>
/// libcuda.so.1, which comes with NVIDIA's driver and is looked for when a copy is to be measured, so that the program
/// itself starts without it. Not tried against a real driver, for want of a GPU: what the tests run is a library of their
/// own with the same names.
/// </summary>
internal sealed unsafe class CudaLibrary : ICudaDriver
{
    /// <summary>The name the dynamic loader knows the library by.</summary>
    public const string FileName = "libcuda.so.1";

    private const uint NonBlockingStream = 1;

    private static readonly string[] _functions =
    [
        "cuInit", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetByPCIBusId", "cuDeviceGetPCIBusId",
        "cuDevicePrimaryCtxRetain", "cuDevicePrimaryCtxRelease_v2", "cuCtxSetCurrent", "cuMemAlloc_v2", "cuMemFree_v2",
        "cuMemHostAlloc", "cuMemFreeHost", "cuMemHostRegister_v2", "cuMemHostUnregister", "cuStreamCreate",
        "cuStreamDestroy_v2", "cuStreamSynchronize", "cuEventCreate", "cuEventDestroy_v2", "cuMemsetD8_v2",
        "cuGetErrorName", "cuEventRecord", "cuEventElapsedTime", "cuMemcpyHtoDAsync_v2", "cuMemcpyDtoHAsync_v2",
    ];

    private readonly nint _library;

    // What the measured loop calls; a look-up by name allocates and takes its time.
    private readonly nint _record;
    private readonly nint _elapsed;
    private readonly nint _toDevice;
    private readonly nint _toHost;
    private readonly nint _synchronise;

    private CudaLibrary(nint library)
    {
        _library = library;
        _record = At("cuEventRecord");
        _elapsed = At("cuEventElapsedTime");
        _toDevice = At("cuMemcpyHtoDAsync_v2");
        _toHost = At("cuMemcpyDtoHAsync_v2");
        _synchronise = At("cuStreamSynchronize");
    }

    /// <summary>True when the library can be loaded; it is let go again, and no device is touched.</summary>
    public static bool IsThere(string name = FileName)
    {
        if (!NativeLibrary.TryLoad(name, out nint library))
        {
            return false;
        }

        NativeLibrary.Free(library);
        return true;
    }

    /// <summary>Loads it, and makes sure of every function before the first is called.</summary>
    public static CudaLibrary Load(string name = FileName)
    {
        if (!NativeLibrary.TryLoad(name, out nint library))
        {
            throw new BenchException($"{name} could not be loaded: install NVIDIA's driver, which brings it.");
        }

        foreach (string function in _functions)
        {
            if (!NativeLibrary.TryGetExport(library, function, out _))
            {
                NativeLibrary.Free(library);
                throw new BenchException($"{name} has no function {function}: this driver is too old for copies to be measured.");
            }
        }

        return new CudaLibrary(library);
    }

    // Safe, here and below: each function was found at loading and has the signature of cuda.h; CUresult and CUdevice are int,
    // handles are pointers, CUdeviceptr is 64 bits wide, and out values live on this frame.

    /// <inheritdoc />
    public int Initialise() => ((delegate* unmanaged<uint, int>)At("cuInit"))(0);

    /// <inheritdoc />
    public int DeviceCount(out int count)
    {
        int value = 0;
        int result = ((delegate* unmanaged<int*, int>)At("cuDeviceGetCount"))(&value);
        count = value;
        return result;
    }

    /// <inheritdoc />
    public int Device(int ordinal, out int device)
    {
        int value = 0;
        int result = ((delegate* unmanaged<int*, int, int>)At("cuDeviceGet"))(&value, ordinal);
        device = value;
        return result;
    }

    /// <inheritdoc />
    public int DeviceAt(string address, out int device)
    {
        int value = 0;
        fixed (byte* text = Encoding.ASCII.GetBytes(address + "\0"))
        {
            int result = ((delegate* unmanaged<int*, byte*, int>)At("cuDeviceGetByPCIBusId"))(&value, text);
            device = value;
            return result;
        }
    }

    /// <inheritdoc />
    public int AddressOf(int device, out string address)
    {
        byte* text = stackalloc byte[64];
        text[0] = 0;
        int result = ((delegate* unmanaged<byte*, int, int, int>)At("cuDeviceGetPCIBusId"))(text, 64, device);
        text[63] = 0;
        address = Marshal.PtrToStringUTF8((nint)text) ?? "";
        return result;
    }

    /// <inheritdoc />
    public int RetainContext(int device, out nint context)
    {
        nint value = 0;
        int result = ((delegate* unmanaged<nint*, int, int>)At("cuDevicePrimaryCtxRetain"))(&value, device);
        context = value;
        return result;
    }

    /// <inheritdoc />
    public int ReleaseContext(int device) => ((delegate* unmanaged<int, int>)At("cuDevicePrimaryCtxRelease_v2"))(device);

    /// <inheritdoc />
    public int MakeCurrent(nint context) => ((delegate* unmanaged<nint, int>)At("cuCtxSetCurrent"))(context);

    /// <inheritdoc />
    public int AllocateDevice(out ulong address, nint bytes)
    {
        ulong value = 0;
        int result = ((delegate* unmanaged<ulong*, nint, int>)At("cuMemAlloc_v2"))(&value, bytes);
        address = value;
        return result;
    }

    /// <inheritdoc />
    public int FreeDevice(ulong address) => ((delegate* unmanaged<ulong, int>)At("cuMemFree_v2"))(address);

    /// <inheritdoc />
    public int AllocateHost(out nint address, nint bytes)
    {
        nint value = 0;
        int result = ((delegate* unmanaged<nint*, nint, uint, int>)At("cuMemHostAlloc"))(&value, bytes, 0);
        address = value;
        return result;
    }

    /// <inheritdoc />
    public int FreeHost(nint address) => ((delegate* unmanaged<nint, int>)At("cuMemFreeHost"))(address);

    /// <inheritdoc />
    public int RegisterHost(nint address, nint bytes) => ((delegate* unmanaged<nint, nint, uint, int>)At("cuMemHostRegister_v2"))(address, bytes, 0);

    /// <inheritdoc />
    public int UnregisterHost(nint address) => ((delegate* unmanaged<nint, int>)At("cuMemHostUnregister"))(address);

    /// <inheritdoc />
    public int CreateStream(out nint stream)
    {
        nint value = 0;
        int result = ((delegate* unmanaged<nint*, uint, int>)At("cuStreamCreate"))(&value, NonBlockingStream);
        stream = value;
        return result;
    }

    /// <inheritdoc />
    public int DestroyStream(nint stream) => ((delegate* unmanaged<nint, int>)At("cuStreamDestroy_v2"))(stream);

    /// <inheritdoc />
    public int Synchronise(nint stream) => ((delegate* unmanaged<nint, int>)_synchronise)(stream);

    /// <inheritdoc />
    public int CreateEvent(out nint handle)
    {
        nint value = 0;
        int result = ((delegate* unmanaged<nint*, uint, int>)At("cuEventCreate"))(&value, 0);
        handle = value;
        return result;
    }

    /// <inheritdoc />
    public int DestroyEvent(nint handle) => ((delegate* unmanaged<nint, int>)At("cuEventDestroy_v2"))(handle);

    /// <inheritdoc />
    public int Record(nint handle, nint stream) => ((delegate* unmanaged<nint, nint, int>)_record)(handle, stream);

    /// <inheritdoc />
    public int Elapsed(nint from, nint to, out float milliseconds)
    {
        float value = 0;
        int result = ((delegate* unmanaged<float*, nint, nint, int>)_elapsed)(&value, from, to);
        milliseconds = value;
        return result;
    }

    /// <inheritdoc />
    public int CopyToDevice(ulong to, nint from, nint bytes, nint stream) =>
        ((delegate* unmanaged<ulong, nint, nint, nint, int>)_toDevice)(to, from, bytes, stream);

    /// <inheritdoc />
    public int CopyToHost(nint to, ulong from, nint bytes, nint stream) =>
        ((delegate* unmanaged<nint, ulong, nint, nint, int>)_toHost)(to, from, bytes, stream);

    /// <inheritdoc />
    public int Fill(ulong address, byte value, nint bytes) => ((delegate* unmanaged<ulong, byte, nint, int>)At("cuMemsetD8_v2"))(address, value, bytes);

    /// <inheritdoc />
    public string? NameOf(int result)
    {
        byte* text = null;
        return ((delegate* unmanaged<int, byte**, int>)At("cuGetErrorName"))(result, &text) == 0 && text is not null
            ? Marshal.PtrToStringUTF8((nint)text)
            : null;
    }

    /// <inheritdoc />
    public void Dispose() => NativeLibrary.Free(_library);

    private nint At(string function) => NativeLibrary.GetExport(_library, function);
}
