using Passthrough.Host.Kernel;

namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>Parameters of KVM's modules. What a module shows in /sys/module/MODULE/parameters it has; some it does not show.</summary>
internal sealed class KvmFamily : TokenFamily
{
    public override bool Takes(CommandLineToken token)
    {
        string name = NameOf(token);
        return name.StartsWith("kvm.", StringComparison.Ordinal) || name.StartsWith("kvm_intel", StringComparison.Ordinal)
            || name.StartsWith("kvm_amd", StringComparison.Ordinal);
    }

    public override TokenJudgement Judge(LintContext context, int index)
    {
        CommandLineToken token = context.At(index);
        string name = NameOf(token);
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            return NoEffect(token, "A module's parameter is written MODULE.PARAMETER=, for example kvm_intel.nested=1.");
        }

        string module = name[..dot];
        string parameter = name[(dot + 1)..];
        string? vendor = context.Model.Cpu.Vendor;
        if (vendor is not null && ((module == "kvm_intel" && vendor != "intel") || (module == "kvm_amd" && vendor != "amd")))
        {
            return NoEffect(token, $"{module} does not load on this CPU.");
        }

        string[] shown = [.. context.Model.Kernel.Modules.Parameters.Keys.Where(key => key.StartsWith(module + "/", StringComparison.Ordinal))
            .Select(key => key[(module.Length + 1)..])];
        return shown.Contains(parameter) ? Effective(token, $"{module} has this parameter; /sys/module/{module}/parameters/{parameter} shows its value.")
            : shown.Length > 0 && Spelling.Nearest(parameter, shown) is { } right ? NoEffect(token, $"{module} shows no parameter {parameter}; it has {right}.")
            : Unknown(token, shown.Length > 0 ? $"{module} shows no such parameter; \"modinfo {module}\" lists all it has."
                : $"The parameters of {module} were not seen; \"modinfo {module}\" lists them.");
    }
}
