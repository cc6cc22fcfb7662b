using Baichuan.V1;

namespace Baichuan.Client;

/// <summary>What has come of a stream, over however many calls, and what of the next events is new.</summary>
/// <param name="choices">Completions that the request asks for.</param>
internal sealed class StreamProgress(int choices)
{
    private readonly Choice[] _choices = [.. Enumerable.Range(0, choices).Select(_ => new Choice())];
    private bool _hasPrompt;
    private string _told = ""; // the profile of the event that the reader has had
    private string _profile = ""; // that of the tokens

    public bool HasStarted { get; private set; }

    public bool HasFinished { get; private set; }

    /// <summary>The events that the reader has not had.</summary>
    public IEnumerable<GenerationEvent> Take(GenerationEvent arrived)
    {
        // A server that counts otherwise breaks its contract, not this client.
        var choice = _choices[(uint)arrived.Choice < (uint)_choices.Length ? arrived.Choice : 0];
        NoteProfile(arrived);
        switch (arrived.EventCase)
        {
            case GenerationEvent.EventOneofCase.Started when HasStarted:
            case GenerationEvent.EventOneofCase.Prompt when _hasPrompt:
            case GenerationEvent.EventOneofCase.ChoiceFinished when choice.HasFinished:
                return [];
            case GenerationEvent.EventOneofCase.Tokens when arrived.Tokens.TokenIds.Count == 0:
                choice.Tail = choice.HasFinished ? null : arrived;
                return [];
            case GenerationEvent.EventOneofCase.Started:
                HasStarted = true;
                break;
            case GenerationEvent.EventOneofCase.Prompt:
                _hasPrompt = true;
                break;
            case GenerationEvent.EventOneofCase.Tokens:
                choice.Tokens.AddRange(arrived.Tokens.TokenIds);
                break;
            case GenerationEvent.EventOneofCase.ChoiceFinished:
                choice.HasFinished = true;
                return [.. choice.TakeTail(), arrived];
            case GenerationEvent.EventOneofCase.Finished:
                HasFinished = true;
                return [.. _choices.SelectMany(held => held.TakeTail()), arrived];
        }

        return [arrived];
    }

    /// <summary>A call that begins anew before the first token may have gone to another profile than the reader was told of.</summary>
    private void NoteProfile(GenerationEvent arrived)
    {
        if (arrived.Started is { } started)
        {
            _profile = started.ProfileId;
            _told = HasStarted ? _told : _profile;
        }

        if (arrived.Tokens is not { } tokens)
            return;
        _profile = tokens.ProfileId.Length > 0 ? tokens.ProfileId : _profile;
        tokens.ProfileId = _profile == _told ? "" : _profile;
    }

    /// <summary>The call broke: what was held comes again.</summary>
    public void OnBroken()
    {
        foreach (var choice in _choices)
            choice.Tail = null;
    }

    /// <summary>Says in a request to go on where it is.</summary>
    public void WriteTo(ResumeRequest request)
    {
        request.ProfileId = _choices.Any(choice => choice.Tokens.Count > 0) ? _profile : "";
        if (_choices is [var only])
        {
            request.NextToken = only.Tokens.Count;
            request.ReceivedTokenIds.AddRange(only.Tokens);
            return;
        }

        foreach (var choice in _choices)
            request.Choices.Add(new ChoiceProgress { NextToken = choice.Tokens.Count, ReceivedTokenIds = { choice.Tokens } });
    }

    private sealed class Choice
    {
        public List<int> Tokens { get; } = [];

        /// <summary>A text without tokens, which comes right before the end: until that is there, it would come again.</summary>
        public GenerationEvent? Tail { get; set; }

        public bool HasFinished { get; set; }

        public GenerationEvent[] TakeTail()
        {
            GenerationEvent[] held = Tail is { } tail ? [tail] : [];
            Tail = null;
            return held;
        }
    }
}
