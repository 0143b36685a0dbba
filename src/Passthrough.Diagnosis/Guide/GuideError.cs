namespace Passthrough.Diagnosis.Guide;

/// <summary>Something that guides to PCI passthrough get wrong, and the right way.</summary>
/// <param name="Number">Its place in the list, from 1; never given to another.</param>
/// <param name="Section">The subject under which it is listed.</param>
/// <param name="Claim">What guides say or do.</param>
/// <param name="Truth">What is so.</param>
/// <param name="Instead">What to do.</param>
/// <param name="CheckIds">Checks that judge it on a machine.</param>
public sealed record GuideError(int Number, string Section, string Claim, string Truth, string Instead, params IReadOnlyList<string> CheckIds);
