using Baichuan.Model.Execution;

namespace Baichuan.Compute.Sequences;

/// <summary>What a shard knows of one sequence, besides its tokens and blocks. One object per sequence number, used again after a release.</summary>
internal sealed class SequenceState
{
    private int[] _stopTokens = [];
    private TokenBias[] _biases = [];

    public bool IsAdmitted { get; private set; }

    /// <summary>Tokens known so far.</summary>
    public int TokenCount { get; set; }

    /// <summary>The position after the last that ran since the admission: the raw k, v of the one before it are at hand.</summary>
    public int NextPosition { get; set; }

    /// <summary>The table's number of the last step that had a chunk of this sequence.</summary>
    public ulong LastStep { get; set; }

    /// <summary>The token that was sampled last, on the rank that samples; others are told it when a step takes it.</summary>
    public int Sampled { get; set; }

    /// <summary>Its position; -1: none was sampled here.</summary>
    public int SampledPosition { get; set; }

    public int PromptLength { get; private set; }

    public SamplingSettings Sampling { get; private set; }

    public ReadOnlyMemory<int> StopTokens { get; private set; }

    public ReadOnlyMemory<TokenBias> Biases { get; private set; }

    public void Admit(in Admission admission, ReadOnlySpan<int> stopTokens, ReadOnlySpan<TokenBias> biases)
    {
        IsAdmitted = true;
        TokenCount = admission.TokenCount;
        NextPosition = 0;
        LastStep = 0;
        SampledPosition = -1;
        PromptLength = admission.PromptLength;
        Sampling = admission.Sampling;
        if (_stopTokens.Length < stopTokens.Length)
            _stopTokens = new int[stopTokens.Length];
        stopTokens.CopyTo(_stopTokens);
        StopTokens = _stopTokens.AsMemory(0, stopTokens.Length);
        if (_biases.Length < biases.Length)
            _biases = new TokenBias[biases.Length];
        biases.CopyTo(_biases);
        Biases = _biases.AsMemory(0, biases.Length);
    }

    public void Release() => IsAdmitted = false;
}
