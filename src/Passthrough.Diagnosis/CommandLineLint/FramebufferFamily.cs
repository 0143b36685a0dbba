using Passthrough.Host.Kernel;

namespace Passthrough.Diagnosis.CommandLineLint;

/// <summary>
/// What guides give to keep the boot framebuffer off a GPU. Sources: drivers/video/fbdev/core/fb_cmdline.c,
/// drivers/firmware/sysfb.c, drivers/gpu/drm/tiny (simpledrm).
/// </summary>
internal sealed class FramebufferFamily : TokenFamily
{
    private static readonly string[] _old = ["efifb", "vesafb", "simplefb", "simpledrm"];

    public override bool Takes(CommandLineToken token) =>
        (token.Is("video") && _old.Any(name => token.Value?.StartsWith(name, StringComparison.Ordinal) == true))
        || (token.Is("initcall_blacklist") && token.Value?.Contains("fb", StringComparison.Ordinal) == true)
        || token.Name is "nofb" or "efifb" or "nomodeset";

    public override TokenJudgement Judge(LintContext context, int index)
    {
        CommandLineToken token = context.At(index);
        if (token.Is("initcall_blacklist"))
        {
            return token.Value!.Split(',').Contains("sysfb_init")
                ? Effective(token, "The kernel makes no device of the boot framebuffer, where sysfb_init is what makes it (Linux 5.15 and later); on some kernels another path does, and it is inert. "
                    + "It blacks out the console of every GPU, and \"cat /proc/iomem\" as root shows whether the framebuffer still holds the BAR.", "CMD-014")
                : NoEffect(token, "The initcall that makes a device of the boot framebuffer is named sysfb_init.", "CMD-014");
        }

        if (token.Name == "nomodeset")
        {
            return Effective(token, "The host's display drivers do not set modes. It keeps them off no device: what VFIO is to take is bound by ids or driver_override.", "CMD-014");
        }

        if (!token.Is("video"))
        {
            return NoEffect(token, token.Name == "nofb" ? "No mainline framebuffer code reads nofb." : "The option is written video=efifb:off.", "CMD-014");
        }

        string driver = _old.First(name => token.Value!.StartsWith(name, StringComparison.Ordinal));
        string? symbol = driver switch { "efifb" => "FB_EFI", "vesafb" => "FB_VESA", "simplefb" => "FB_SIMPLE", _ => null };
        if (driver == "simpledrm")
        {
            return NoEffect(token, "simpledrm does not read video=; unbind it, or let another GPU be the boot display.", "CMD-014");
        }

        return context.Model.Kernel.Config.Has(symbol!) switch
        {
            false => NoEffect(token, $"This kernel has no {driver}; its boot framebuffer is driven by simpledrm, which does not read the option.", "CMD-014"),
            true => Effective(token, $"{driver} does not take the boot framebuffer; simpledrm, where the kernel has it, still does.", "CMD-014"),
            _ => Unknown(token, $"It stops {driver} alone; kernels that drive the boot framebuffer with simpledrm do not heed it, and this kernel's build was not seen.", "CMD-014"),
        };
    }
}
