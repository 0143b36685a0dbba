namespace Passthrough.Host.Evidence;

/// <summary>The only way the product looks at a machine: a question about one path, answered once.</summary>
public interface IEvidence
{
    /// <summary>What kind of source this is, as the findings' <c>host.source</c> says it.</summary>
    SourceKind Kind { get; }

    /// <summary>The source in words a person reads: "this machine", a folder or a bundle file.</summary>
    string DisplayName { get; }

    /// <summary>Answers one question. Never throws for what a machine may hold: the outcome says what happened.</summary>
    Answer Ask(Question question);
}

/// <summary>Where evidence comes from.</summary>
public enum SourceKind
{
    /// <summary>The running machine.</summary>
    Live,

    /// <summary>A mounted disk or a captured tree.</summary>
    Directory,

    /// <summary>A recorded bundle.</summary>
    Bundle,
}
