using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>How the next token is drawn: biases and penalties, then temperature, then top-k, top-p and min-p. Values have been checked at the edge.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SamplingSettings
{
    /// <summary>Seeds the hash (seed, choice, absolute position) that is a token's random number.</summary>
    public ulong Seed;

    /// <summary>0 to 2; 0 takes the likeliest token, the lowest id among equals.</summary>
    public float Temperature;

    /// <summary>Keeps the likeliest tokens up to this probability mass; above 0, up to 1 (off).</summary>
    public float TopP;

    /// <summary>Keeps tokens of at least this share of the likeliest one's probability; 0 (off) to 1.</summary>
    public float MinP;

    /// <summary>Divides positive and multiplies negative logits of tokens that occurred in prompt or completion; above 0, 1 is off.</summary>
    public float RepetitionPenalty;

    /// <summary>Is subtracted from the logits of tokens that occurred in the completion, as often as they did; -2 to 2, 0 is off.</summary>
    public float FrequencyPenalty;

    /// <summary>Is subtracted once from the logits of tokens that occurred in the completion; -2 to 2, 0 is off.</summary>
    public float PresencePenalty;

    /// <summary>Keeps this many likeliest tokens; 0 is off.</summary>
    public int TopK;

    /// <summary>Number of the choice when several are drawn from one prompt.</summary>
    public int Choice;

    /// <summary>Stop tokens are impossible before this many completion tokens.</summary>
    public int MinTokens;

    /// <summary>-1: no log-probabilities; n: that of the token and of the n likeliest, of the distribution before penalties and temperature.</summary>
    public int TopLogprobs;

    /// <summary>Likeliest tokens beside each token of the prompt, where <see cref="ChunkFlags.Score"/> asks for them.</summary>
    public int PromptLogprobs;

    /// <summary>Greedy, nothing cut, no log-probabilities.</summary>
    public static SamplingSettings Greedy => new() { TopP = 1, RepetitionPenalty = 1, TopLogprobs = -1 };
}
