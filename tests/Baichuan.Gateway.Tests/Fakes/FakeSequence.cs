using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Model.Execution;

namespace Baichuan.Gateway.Tests.Fakes;

/// <summary>A sequence in a fake replica; its next token depends on the prompt, the seed and the tokens so far alone, as in the real one.</summary>
internal sealed class FakeSequence
{
    private readonly int[] _prompt;
    private readonly ulong _seed;

    public FakeSequence(SubmitRequest request)
    {
        Request = request;
        _prompt = MemoryMarshal.Cast<byte, int>(request.Prompt.Span).ToArray();
        _seed = MemoryMarshal.Read<SamplingSettings>(request.Sampling.Span).Seed;
        Tokens = [.. MemoryMarshal.Cast<byte, int>(request.Generated.Span)];
        Sent = Tokens.Count;
    }

    public SubmitRequest Request { get; }

    public List<int> Tokens { get; }

    /// <summary>Tokens that were put into a frame.</summary>
    public int Sent { get; set; }

    public StreamEnd End { get; set; }

    public void Step(Func<int[], ulong, int, int> model)
    {
        if (End != StreamEnd.None)
            return;
        Tokens.Add(model(_prompt, _seed, Tokens.Count));
        End = Request.StopTokens.Contains(Tokens[^1]) ? StreamEnd.Stop : Tokens.Count >= Request.MaxTokens ? StreamEnd.Length : StreamEnd.None;
    }
}
