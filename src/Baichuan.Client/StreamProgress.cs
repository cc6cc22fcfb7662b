using Baichuan.V1;

namespace Baichuan.Client;

/// <summary>What has come of a stream, over however many calls, and what of the next events is new.</summary>
internal sealed class StreamProgress
{
    private GenerationEvent? _tail; // a text without tokens, which comes right before the end: until that is there, it would come again

    public bool HasStarted { get; private set; }

    public bool HasFinished { get; private set; }

    /// <summary>Token ids that have arrived.</summary>
    public List<int> Tokens { get; } = [];

    private bool HasPrompt { get; set; }

    /// <summary>The events that the reader has not had.</summary>
    public IEnumerable<GenerationEvent> Take(GenerationEvent arrived)
    {
        switch (arrived.EventCase)
        {
            case GenerationEvent.EventOneofCase.Started when HasStarted:
            case GenerationEvent.EventOneofCase.Prompt when HasPrompt:
                return [];
            case GenerationEvent.EventOneofCase.Started:
                HasStarted = true;
                break;
            case GenerationEvent.EventOneofCase.Prompt:
                HasPrompt = true;
                break;
            case GenerationEvent.EventOneofCase.Tokens when arrived.Tokens.TokenIds.Count == 0:
                _tail = arrived;
                return [];
            case GenerationEvent.EventOneofCase.Tokens:
                Tokens.AddRange(arrived.Tokens.TokenIds);
                break;
            case GenerationEvent.EventOneofCase.Finished:
                HasFinished = true;
                return _tail is null ? [arrived] : [_tail, arrived];
        }

        return [arrived];
    }

    /// <summary>The call broke: what was held comes again.</summary>
    public void OnBroken() => _tail = null;
}
