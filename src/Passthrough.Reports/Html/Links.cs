namespace Passthrough.Reports.Html;

/// <summary>What of a reference becomes a link.</summary>
internal static class Links
{
    /// <summary>Only addresses of the web: no other scheme can stand in a link.</summary>
    public static bool IsWeb(string reference) =>
        Uri.TryCreate(reference, UriKind.Absolute, out Uri? address) && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp);
}
