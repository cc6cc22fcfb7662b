namespace Baichuan.Model.Execution;

/// <summary>What a shard does with a chunk beyond writing its keys and values.</summary>
[Flags]
public enum ChunkFlags
{
    None = 0,

    /// <summary>The last stage samples the token that follows the chunk's last row.</summary>
    Sample = 1,

    /// <summary>The last stage returns the logits of every row.</summary>
    Logits = 2,

    /// <summary>The first row runs as a query only: its keys and values are cached already and are not written again. It recovers the raw
    /// k and v that the short convolution of the next position needs.</summary>
    ReplayFirst = 4,

    /// <summary>The last stage says of every row how likely the known token after it is; of the last known token's row nothing.</summary>
    Score = 8,

    /// <summary>The chunk makes one more token known than it brings: the one that was sampled last for the sequence, which nobody but rank 0 knew when the step
    /// was ordered. Where one stage is all there is.</summary>
    TakesSampled = 16,
}
