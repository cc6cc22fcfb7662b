using System.Text;
using Baichuan.Gateway.Sessions;
using Baichuan.Gateway.Tenants;
using Baichuan.Model.Text;
using Baichuan.V1;
using ChatMessage = Baichuan.Model.Text.ChatMessage;
using RequestClass = Baichuan.Model.RequestClass;

namespace Baichuan.Gateway.Requests;

/// <summary>Turns messages from the wire into checked requests. Everything that can be wrong with them is found here, before anything is queued.</summary>
internal sealed class RequestParser(ServedModel model, GatewayOptions options)
{
    private readonly int _vocabularySize = model.Config.VocabularySize;

    /// <param name="tenant">Whose request it is.</param>
    /// <param name="context">Most tokens of prompt and completion together.</param>
    /// <param name="resume">Where its stream goes on; null: it is new.</param>
    /// <exception cref="RefusedException">A field is out of its limits.</exception>
    public GenerationRequest Parse(GenerateRequest request, Tenant tenant, int context, ResumePoint[]? resume = null)
    {
        model.Require(request.Model);
        return Complete(request.RequestId, tenant, tenant.ClassOf(request.RequestClass), request.Sampling, context, () => request.PromptCase switch
        {
            GenerateRequest.PromptOneofCase.Text => Encode("text", request.Text, request.ParseSpecialTokens),
            GenerateRequest.PromptOneofCase.TokenIds => CheckTokens("token_ids.ids", request.TokenIds.Ids),
            _ => throw RefusedException.Invalid($"prompt is not set; set text or token_ids."),
        }, null, resume);
    }

    /// <inheritdoc cref="Parse(GenerateRequest, Tenant, int, ResumePoint[])"/>
    /// <param name="turn">The turn of a session that it is; null: none.</param>
    public GenerationRequest Parse(ChatRequest request, Tenant tenant, int context, SessionTurn? turn = null, ResumePoint[]? resume = null)
    {
        model.Require(request.Model);
        return Complete(request.RequestId, tenant, tenant.ClassOf(request.RequestClass), request.Sampling, context, () => Encode(request.Messages, turn), turn, resume);
    }

    /// <inheritdoc cref="Parse(GenerateRequest, Tenant, int, ResumePoint[])"/>
    public GenerationRequest Parse(ResumeRequest request, Tenant tenant, int context)
    {
        var (id, session) = request.RequestCase switch
        {
            ResumeRequest.RequestOneofCase.Generate => (request.Generate.RequestId, ""),
            ResumeRequest.RequestOneofCase.Chat => (request.Chat.RequestId, request.Chat.SessionId),
            _ => throw RefusedException.Invalid($"request is not set; set generate or chat."),
        };
        if (id.Length == 0)
            throw RefusedException.Invalid($"request_id is empty; a stream is resumed under the id of its started event.");
        if (session.Length > 0)
            throw RefusedException.Invalid($"session_id is set; a turn of a session cannot be resumed: ask Sessions.GetSession whether it was kept, and send it again if not.");
        if (request.Choices.Count > 0 && (request.NextToken != 0 || request.ReceivedTokenIds.Count > 0))
            throw RefusedException.Invalid($"choices is set, and next_token or received_token_ids beside it; for a request with n above 1 send choices alone.");
        ResumePoint[] resume = request.Choices.Count > 0
            ? [.. request.Choices.Select((choice, index) => ParseResume($"choices[{index}].", choice.NextToken, choice.ReceivedTokenIds))]
            : [ParseResume("", request.NextToken, request.ReceivedTokenIds)];
        var parsed = request.RequestCase == ResumeRequest.RequestOneofCase.Generate
            ? Parse(request.Generate, tenant, context, resume)
            : Parse(request.Chat, tenant, context, null, resume);
        if (resume.Length != parsed.Choices)
            throw RefusedException.Invalid($"choices says where {resume.Length} completions go on; the request's sampling.n is {parsed.Choices}.");
        if (request.ProfileId.Length == 0 && resume.Any(point => point.Next > 0))
            throw RefusedException.Invalid($"profile_id is empty; a stream that has tokens goes on on the profile that its events name alone.");
        if (request.ProfileId.Length > RequestLimits.MaxProfileIdLength || request.ProfileId.Any(character => !char.IsAsciiLetterOrDigit(character) && character != '-'))
            throw RefusedException.Invalid($"profile_id has {request.ProfileId.Length} characters and is no profile's; send what the events named, at most {RequestLimits.MaxProfileIdLength} letters, digits and dashes.");
        return resume.Max(point => point.Next) is var last && last <= parsed.MaxTokens
            ? parsed with { Profile = request.ProfileId }
            : throw RefusedException.Invalid($"next_token is {last}; the request ends after {parsed.MaxTokens} tokens.");
    }

    /// <summary>The token ids of a text.</summary>
    /// <exception cref="RefusedException">The text is too long, or the model is not served.</exception>
    public int[] Parse(TokenizeRequest request)
    {
        model.Require(request.Model);
        return Encode("text", request.Text, request.ParseSpecialTokens);
    }

    /// <summary>Token ids that are in the vocabulary.</summary>
    /// <exception cref="RefusedException">One is not, there are too many, or the model is not served.</exception>
    public int[] Parse(DetokenizeRequest request)
    {
        model.Require(request.Model);
        return request.TokenIds.Count <= options.MaxPromptBytes
            ? CheckTokens("token_ids", request.TokenIds)
            : throw RefusedException.Invalid($"token_ids has {request.TokenIds.Count} tokens; send at most {options.MaxPromptBytes} (MaxPromptBytes) at once.");
    }

    /// <summary>Cheap checks first; the prompt is tokenised last.</summary>
    private GenerationRequest Complete(
        string requestId, Tenant tenant, RequestClass requestClass, SamplingOptions? given, int context, Func<int[]> encodePrompt, SessionTurn? turn, ResumePoint[]? resume)
    {
        var id = RequestIdentity.Parse(requestId);
        var sampling = given ?? new SamplingOptions();
        var settings = SamplingParser.Parse(sampling, model.Defaults, _vocabularySize, id);
        var stopTokens = SamplingParser.ParseStopTokens(sampling, model.EndTokens, _vocabularySize);
        var stopStrings = SamplingParser.ParseStopStrings(sampling);
        var biases = SamplingParser.ParseBiases(sampling, _vocabularySize);
        var choices = SamplingParser.ParseChoices(sampling);
        if (choices > 1 && turn is not null)
            throw RefusedException.Invalid($"sampling.n is {choices}; a turn of a session has 1 answer. Leave n out, or session_id.");
        var prompt = encodePrompt();
        if (prompt.Length == 0)
            throw RefusedException.Invalid($"prompt has 0 tokens; send at least 1.");
        if (sampling.HasPromptLogprobs && prompt.Length > RequestLimits.MaxScoredPrompt)
        {
            throw RefusedException.Invalid(
                $"sampling.prompt_logprobs is set; the prompt has {prompt.Length} tokens, of at most {RequestLimits.MaxScoredPrompt}. Shorten it, or leave it out.");
        }

        var maxTokens = SamplingParser.ParseMaxTokens(sampling, model.Defaults, prompt.Length, context);
        return new GenerationRequest
        {
            Id = id,
            Tenant = tenant,
            Class = requestClass,
            Prompt = prompt,
            MaxTokens = maxTokens,
            // The request's own min_tokens is in range by now; the model's default gives way.
            Sampling = settings with { MinTokens = Math.Min(settings.MinTokens, maxTokens) },
            StopTokens = stopTokens,
            StopStrings = stopStrings,
            Biases = biases,
            ScoresPrompt = sampling.HasPromptLogprobs,
            Choices = choices,
            Resume = resume ?? [],
            Turn = turn,
        };
    }

    private ResumePoint ParseResume(string where, int next, IReadOnlyList<int> received)
    {
        if (next < 0)
            throw RefusedException.Invalid($"{where}next_token is {next}; it is how many tokens have arrived, from 0.");
        if (received.Count > 0 && received.Count != next)
            throw RefusedException.Invalid($"{where}received_token_ids has {received.Count} tokens and next_token is {next}; send as many, or none.");
        return new ResumePoint(next, CheckTokens($"{where}received_token_ids", received));
    }

    private int[] Encode(string field, string text, bool parseSpecial)
    {
        CheckLength(field, Encoding.UTF8.GetByteCount(text));
        return model.Tokenizer.Encode(text, parseSpecial);
    }

    private int[] Encode(IReadOnlyList<V1.ChatMessage> messages, SessionTurn? turn)
    {
        CheckLength("messages", messages.Sum(message => (long)Encoding.UTF8.GetByteCount(message.Content)));
        try
        {
            ChatMessage[] converted = [.. messages.Select(Convert)];
            return turn is { Tokens.Length: > 0 } ? model.ChatFormat.Continue(turn.Tokens, converted) : model.ChatFormat.Encode(converted);
        }
        catch (ChatFormatException e)
        {
            throw RefusedException.Invalid($"{e.Message}.");
        }
    }

    private static ChatMessage Convert(V1.ChatMessage message, int index)
    {
        var role = message.Role switch
        {
            Role.System => ChatRole.System,
            Role.User => ChatRole.User,
            Role.Assistant => ChatRole.Assistant,
            _ => throw RefusedException.Invalid($"messages[{index}].role is {(int)message.Role}; use 1 (system), 2 (user) or 3 (assistant)."),
        };
        return role != ChatRole.User || message.Content.Length > 0
            ? new ChatMessage(role, message.Content)
            : throw RefusedException.Invalid($"messages[{index}].content has 0 characters; a user's message needs at least 1.");
    }

    private void CheckLength(string field, long bytes)
    {
        if (bytes > options.MaxPromptBytes)
            throw RefusedException.Invalid($"{field} has {bytes} bytes of UTF-8; send at most {options.MaxPromptBytes} (MaxPromptBytes).");
    }

    private int[] CheckTokens(string field, IReadOnlyList<int> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            if ((uint)tokens[i] >= (uint)_vocabularySize)
                throw RefusedException.Invalid($"{field}[{i}] is {tokens[i]}; token ids go from 0 to {_vocabularySize - 1}.");
        }

        return [.. tokens];
    }
}
