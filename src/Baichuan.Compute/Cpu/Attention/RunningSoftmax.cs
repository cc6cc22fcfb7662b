namespace Baichuan.Compute.Cpu.Attention;

/// <summary>The online softmax of one row and head over the blocks so far.</summary>
/// <param name="Maximum">The largest score.</param>
/// <param name="Sum">The sum of e^(score - maximum).</param>
internal readonly record struct RunningSoftmax(float Maximum, float Sum)
{
    public static RunningSoftmax Empty { get; } = new(float.NegativeInfinity, 0);
}
