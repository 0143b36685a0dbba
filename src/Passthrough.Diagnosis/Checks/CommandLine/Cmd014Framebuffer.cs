namespace Passthrough.Diagnosis.Checks.CommandLine;

/// <summary>CMD-014: tokens that shall keep the boot framebuffer off a GPU.</summary>
internal sealed class Cmd014Framebuffer : LintedCheck
{
    public override string Id => "CMD-014";
    public override string Title => "Framebuffer tokens and what they do";
    public override Severity Severity => Severity.Low;

    public override string Explanation =>
        "The boot framebuffer lies in a BAR of the boot GPU, and while it is in use vfio-pci cannot reserve that BAR. video=efifb:off stops one driver alone; kernels of today drive the " +
        "framebuffer with simpledrm, which does not read it. initcall_blacklist=sysfb_init stops the framebuffer for every GPU where that function makes it. Another GPU as the boot display is the sure way.";

    public override string Criteria => "Note: such a token is there; the message tells what it does on this kernel. Unknown: the kernel's build was not seen. NotApplicable: no such token.";

    public override IReadOnlyList<string> References => ["drivers/firmware/sysfb.c", "drivers/video/fbdev/efifb.c", "siderolabs/talos #14356"];

    public override IReadOnlyList<Remedy> Remedies => [new("Make another GPU the boot display in firmware setup; then no framebuffer lies on the one to assign.")];

    protected override string None => "No token touches the boot framebuffer.";
}
