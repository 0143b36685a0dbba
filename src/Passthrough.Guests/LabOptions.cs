namespace Passthrough.Guests;

/// <summary>How the lab works on this machine.</summary>
public sealed record LabOptions
{
    /// <summary>
    /// <c>auto</c> (KVM when a guest starts under it here, else TCG), <c>tcg</c> (emulated processors) or <c>kvm</c>.
    /// </summary>
    public string Accelerator { get; init; } = "auto";

    /// <summary>
    /// Folder for the guest's kernel. Null: <c>$PTDIAG_CACHE</c>, else <c>$XDG_CACHE_HOME/ptdiag/lab</c>, else
    /// <c>~/.cache/ptdiag/lab</c>.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>Hears one sentence a step, for example while the kernel is fetched. Null: silence.</summary>
    public IProgress<string>? Progress { get; init; }

    /// <summary>The folder that <see cref="CacheFolder"/> and the environment lead to.</summary>
    internal string ResolveCacheFolder()
    {
        if (!string.IsNullOrEmpty(CacheFolder))
        {
            return Path.GetFullPath(CacheFolder);
        }

        if (Environment.GetEnvironmentVariable("PTDIAG_CACHE") is { Length: > 0 } own)
        {
            return Path.GetFullPath(own);
        }

        // The XDG base directory specification: a relative path in the variable is to be ignored.
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg && Path.IsPathRooted(xdg))
        {
            return Path.Combine(xdg, "ptdiag", "lab");
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.Combine(home.Length > 0 ? home : Path.GetTempPath(), ".cache", "ptdiag", "lab");
    }
}
