using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Xunit;

namespace Passthrough.Tests.Bench.Workloads.Gpu;

/// <summary>The library of fake_cuda.c, compiled once by the machine's C compiler; a machine without one skips.</summary>
internal sealed class FakeCuda : IDisposable
{
    private static readonly Lazy<string?> _compiled = new(Compile);
    private readonly nint _library;

    public FakeCuda()
    {
        Skip.If(_compiled.Value is null, "this machine has no C compiler (cc) to build the stand-in for the driver with");
        _library = NativeLibrary.Load(LibraryPath);
        Get<Nothing>("fake_reset")();
    }

    /// <summary>What is loaded in place of the driver's library.</summary>
    public static string LibraryPath => _compiled.Value!;

    /// <summary>Contexts, memory, streams and events that nobody gave back.</summary>
    public int Live => Get<Number>("fake_live")();

    /// <summary>Calls in order, one a line.</summary>
    public string[] Calls => Marshal.PtrToStringUTF8(Get<Pointer>("fake_log")())!.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Has a call fail from its nth time on, counted from 0.</summary>
    public void Fail(string call, int code, int after = 0) => Get<FailCall>("fake_fail")(call, code, after);

    /// <summary>Has every copy in one direction change a byte.</summary>
    public void Damage(string direction) => Get<SetNumber>("fake_damage")(direction == "h2d" ? 1 : 2);

    /// <summary>How many devices there are.</summary>
    public void Devices(int count) => Get<SetNumber>("fake_devices")(count);

    public void Dispose() => NativeLibrary.Free(_library);

    private T Get<T>(string name) where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(_library, name));

    private static string? Compile()
    {
        string output = Path.Combine(AppContext.BaseDirectory, "fake_cuda.so");
        try
        {
            using Process compiler = Process.Start("cc", ["-O1", "-shared", "-fPIC", "-o", output, Source()]);
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
            return output;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static string Source([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "fake_cuda.c");

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void Nothing();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Number();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint Pointer();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void SetNumber(int value);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private delegate void FailCall([MarshalAs(UnmanagedType.LPUTF8Str)] string call, int code, int after);
}
