namespace Baichuan.Model;

/// <summary>The two kinds of attention layers. They differ in head count, head size and in what they see.</summary>
public enum LayerKind
{
    /// <summary>Sees every earlier position.</summary>
    Global = 0,

    /// <summary>Sees the last <see cref="ModelConfig.SlidingWindow"/> positions, the current one included.</summary>
    Sliding = 1,
}
