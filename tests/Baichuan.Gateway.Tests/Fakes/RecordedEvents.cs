using System.Threading.Channels;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Gateway.Tests.Fakes;

/// <summary>The client's side of a stream: what arrived, in order.</summary>
internal sealed class RecordedEvents : IServerStreamWriter<GenerationEvent>
{
    private readonly Channel<GenerationEvent> _arrived = Channel.CreateUnbounded<GenerationEvent>();

    public List<GenerationEvent> All { get; } = [];

    public WriteOptions? WriteOptions { get; set; }

    public string Text => string.Concat(All.Where(e => e.Tokens is not null).Select(e => e.Tokens.Text));

    public int[] TokenIds => [.. All.Where(e => e.Tokens is not null).SelectMany(e => e.Tokens.TokenIds)];

    public GenerationFinished Finished => All[^1].Finished;

    public Task WriteAsync(GenerationEvent message)
    {
        All.Add(message.Clone());
        _arrived.Writer.TryWrite(message);
        return Task.CompletedTask;
    }

    /// <summary>Waits for an event that the test needs to see before it goes on.</summary>
    public async Task<GenerationEvent> WaitForAsync(GenerationEvent.EventOneofCase kind)
    {
        while (true)
        {
            var e = await _arrived.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            if (e.EventCase == kind)
                return e;
        }
    }

    /// <summary>The contract of a stream: one started, tokens without gap or repetition, one finished, and usage that counts what was sent.</summary>
    public void AssertWhole(int promptTokens)
    {
        Assert.Equal(promptTokens, Assert.Single(All, e => e.Started is not null).Started.PromptTokens);
        Assert.NotNull(All[0].Started);
        Assert.Single(All, e => e.Finished is not null);
        var next = 0;
        foreach (var tokens in All.Where(e => e.Tokens is not null).Select(e => e.Tokens))
        {
            Assert.Equal(next, tokens.SequenceNumber);
            next += tokens.TokenIds.Count;
        }

        Assert.Equal(next, Finished.Usage.CompletionTokens);
        Assert.Equal(promptTokens, Finished.Usage.PromptTokens);
        Assert.Equal(Finished.Reason == FinishReason.Error, Finished.Error is not null);
        Assert.Equal(All.Where(e => e.Tokens is not null).Select(e => e.Tokens.ProfileId).FirstOrDefault(moved => moved.Length > 0) ?? All[0].Started.ProfileId, Finished.ProfileId);
    }
}
