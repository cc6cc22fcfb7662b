using System.Runtime.InteropServices;
using Baichuan.Compute.Sampling;
using Baichuan.Compute.Sequences;
using Baichuan.Model.Execution;

namespace Baichuan.Compute.Output;

/// <summary>Collects what rank 0 of the last stage answers to a step: keeps the logits that were asked for, scores and samples. One per executor.</summary>
internal sealed class StepAnswer(int vocabularySize, SequenceTable sequences, StepRows rows)
{
    private readonly Sampler _sampler = new(vocabularySize);
    private readonly List<SampledToken> _sampled = [];
    private readonly List<SampledToken> _scored = [];
    private readonly List<TokenLogprob> _topLogprobs = [];
    private readonly List<RowLogits> _logitRows = [];
    private float[] _logits = [];

    /// <summary>Begins a step's answer.</summary>
    public void Clear()
    {
        _sampled.Clear();
        _scored.Clear();
        _topLogprobs.Clear();
        _logitRows.Clear();
    }

    /// <summary>Takes the logits of one of <see cref="StepRows.OutputRows"/>; these come in order.</summary>
    /// <param name="logits">[vocabulary]; overwritten.</param>
    /// <exception cref="NotFiniteNumberException">A logit is NaN or infinite.</exception>
    public void Add(int row, Span<float> logits)
    {
        ref readonly var chunk = ref rows.ChunkOf(row);
        var position = rows.Position(row);
        if ((chunk.Flags & ChunkFlags.Logits) != 0)
            Keep(new RowLogits(chunk.Sequence, position), logits);
        if ((chunk.Flags & ChunkFlags.Score) != 0)
            Score(chunk.Sequence, position + 1, logits);
        if ((chunk.Flags & ChunkFlags.Sample) == 0 || !rows.IsLastOfChunk(row))
            return;
        var state = sequences[chunk.Sequence];
        var request = new SamplingRequest
        {
            Sequence = chunk.Sequence,
            Tokens = sequences.Tokens(chunk.Sequence)[..(position + 1)],
            PromptLength = state.PromptLength,
            StopTokens = state.StopTokens.Span,
            Biases = state.Biases.Span,
            Settings = state.Sampling,
        };
        var token = _sampler.Sample(logits, request, _topLogprobs);
        (state.Sampled, state.SampledPosition) = (token.Token, token.Position);
        _sampled.Add(token);
    }

    public StepResult Result(StepBatch batch, TimeSpan compute, TimeSpan wait) => StepResult.Create(
        batch.Epoch,
        batch.Step,
        compute,
        wait,
        CollectionsMarshal.AsSpan(_sampled),
        CollectionsMarshal.AsSpan(_topLogprobs),
        CollectionsMarshal.AsSpan(_logitRows),
        _logits.AsSpan(0, _logitRows.Count * vocabularySize),
        CollectionsMarshal.AsSpan(_scored));

    private void Score(int sequence, int position, ReadOnlySpan<float> logits)
    {
        var tokens = sequences.Tokens(sequence);
        if (position < tokens.Length)
            _scored.Add(_sampler.Score(logits, sequence, position, tokens[position], sequences[sequence].Sampling.PromptLogprobs, _topLogprobs));
    }

    private void Keep(RowLogits row, ReadOnlySpan<float> logits)
    {
        var offset = _logitRows.Count * vocabularySize;
        if (_logits.Length < offset + logits.Length)
            Array.Resize(ref _logits, checked(rows.OutputRows.Length * vocabularySize));
        logits.CopyTo(_logits.AsSpan(offset));
        _logitRows.Add(row);
    }
}
