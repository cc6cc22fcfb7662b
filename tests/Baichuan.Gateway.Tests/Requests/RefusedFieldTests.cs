using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Tenants;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Gateway.Tests.Requests;

/// <summary>Every field that can be wrong, and that its refusal names the field, the value and the limit, but nothing of the prompt.</summary>
public sealed class RefusedFieldTests
{
    private const string Secret = "Geheimnis";

    private static readonly RequestParser _parser = new(TestModel.Served, Options());

    public static TheoryData<string, string[]> GenerateFields => new()
    {
        { nameof(GenerateRequest.Model), ["model", "\"other\"", "\"demo\""] },
        { "Model.Long", ["model", "has 129 characters"] },
        { "Model.Text", ["model", "has 18 characters"] },
        { "RequestId.Long", ["request_id", "65", "64"] },
        { "RequestId.Characters", ["request_id", "place 1", "A-Z"] },
        { "Prompt.None", ["prompt", "not set", "text or token_ids"] },
        { "Prompt.Empty", ["prompt", "0 tokens", "at least 1"] },
        { "Prompt.EmptyIds", ["prompt", "0 tokens", "at least 1"] },
        { "Prompt.LongText", ["text", "1001 bytes", "1000", "MaxPromptBytes"] },
        { "Prompt.NegativeId", ["token_ids.ids[1]", "-1", "0 to 4095"] },
        { "Prompt.HighId", ["token_ids.ids[0]", "4096", "0 to 4095"] },
        { "Prompt.LongIds", ["prompt", "2048 tokens", "context of 2048"] },
        { "Temperature.High", ["sampling.temperature", "2.5", "0 to 2"] },
        { "Temperature.Negative", ["sampling.temperature", "-0.1", "0 to 2"] },
        { "Temperature.NaN", ["sampling.temperature", "NaN", "0 to 2"] },
        { "Temperature.Infinite", ["sampling.temperature", "Infinity", "0 to 2"] },
        { "TopK.Negative", ["sampling.top_k", "-1", "0 to 4096"] },
        { "TopK.High", ["sampling.top_k", "4097", "0 to 4096"] },
        { "TopP.Zero", ["sampling.top_p", "0", "above 0, up to 1"] },
        { "TopP.High", ["sampling.top_p", "1.5", "above 0, up to 1"] },
        { "TopP.NaN", ["sampling.top_p", "NaN", "above 0, up to 1"] },
        { "MinP.Negative", ["sampling.min_p", "-0.5", "0 to 1"] },
        { "MinP.High", ["sampling.min_p", "1.5", "0 to 1"] },
        { "MinP.NaN", ["sampling.min_p", "NaN", "0 to 1"] },
        { "RepetitionPenalty.Zero", ["sampling.repetition_penalty", "0", "above 0, up to 10"] },
        { "RepetitionPenalty.High", ["sampling.repetition_penalty", "11", "above 0, up to 10"] },
        { "RepetitionPenalty.NaN", ["sampling.repetition_penalty", "NaN", "above 0, up to 10"] },
        { "FrequencyPenalty.High", ["sampling.frequency_penalty", "2.5", "-2 to 2"] },
        { "FrequencyPenalty.NaN", ["sampling.frequency_penalty", "NaN", "-2 to 2"] },
        { "PresencePenalty.Low", ["sampling.presence_penalty", "-2.5", "-2 to 2"] },
        { "LogitBias.Many", ["sampling.logit_bias", "301 tokens", "at most 300"] },
        { "LogitBias.Token", ["sampling.logit_bias", "4096", "0 to 4095"] },
        { "LogitBias.High", ["sampling.logit_bias[5]", "100.5", "-100 to 100"] },
        { "LogitBias.NaN", ["sampling.logit_bias[5]", "NaN", "-100 to 100"] },
        { "Stop.Many", ["sampling.stop", "17 strings", "at most 16"] },
        { "Stop.Empty", ["sampling.stop[1]", "0 UTF-16", "1 to 256"] },
        { "Stop.Long", ["sampling.stop[0]", "257 UTF-16", "1 to 256"] },
        { "StopTokens.Many", ["sampling.stop_token_ids", "65 tokens", "at most 64"] },
        { "StopTokens.High", ["sampling.stop_token_ids[1]", "4096", "0 to 4095"] },
        { "MaxTokens.Zero", ["sampling.max_tokens", "is 0", "use 1 to"] },
        { "MaxTokens.Negative", ["sampling.max_tokens", "-5", "use 1 to"] },
        { "MaxTokens.High", ["sampling.max_tokens", "2046", "3 tokens", "context of 2048", "2045"] },
        { "MinTokens.Negative", ["sampling.min_tokens", "-1", "0 to"] },
        { "MinTokens.High", ["sampling.min_tokens", "11", "max_tokens is 10"] },
        { "PromptLogprobs.High", ["sampling.prompt_logprobs", "21", "0 to 20"] },
        { "Logprobs.Negative", ["sampling.logprobs", "-1", "0 to 20"] },
        { "Logprobs.High", ["sampling.logprobs", "21", "0 to 20"] },
    };

    public static TheoryData<string, string[]> ChatFields => new()
    {
        { "None", ["messages", "at least one"] },
        { "Role.Unset", ["messages[0].role", "0", "1 (system), 2 (user) or 3 (assistant)"] },
        { "Role.Unknown", ["messages[0].role", "9"] },
        { "Role.LateSystem", ["messages[1].role", "System"] },
        { "Role.AssistantFirst", ["messages[0].role", "Assistant"] },
        { "Role.TwoUsers", ["messages[1].role", "User"] },
        { "Role.AssistantLast", ["messages[1].role", "Assistant"] },
        { "Content.Empty", ["messages[0].content", "0 characters", "at least 1"] },
        { "Content.Long", ["messages", "1001 bytes", "1000", "MaxPromptBytes"] },
    };

    [Theory]
    [MemberData(nameof(GenerateFields))]
    public void A_generate_field_out_of_its_limits_is_refused_by_name_value_and_limit(string field, string[] named) =>
        AssertRefused(() => _parser.Parse(BadGenerate(field), Tenant.Default, TestModel.Context), named);

    [Theory]
    [MemberData(nameof(ChatFields))]
    public void A_chat_field_out_of_its_limits_is_refused_by_name_value_and_limit(string field, string[] named) =>
        AssertRefused(() => _parser.Parse(BadChat(field), Tenant.Default, TestModel.Context), named);

    [Fact]
    public void Too_many_or_unknown_tokens_cannot_be_detokenized()
    {
        AssertRefused(() => _parser.Parse(new DetokenizeRequest { TokenIds = { 5, 4096 } }), "token_ids[1]", "4096", "0 to 4095");
        AssertRefused(() => _parser.Parse(new DetokenizeRequest { TokenIds = { new int[1001] } }), "token_ids", "1001", "1000", "MaxPromptBytes");
    }

    [Fact]
    public void A_long_text_cannot_be_tokenized() =>
        AssertRefused(() => _parser.Parse(new TokenizeRequest { Text = new string('a', 1001) }), "text", "1001", "1000", "MaxPromptBytes");

    private static void AssertRefused(Action parse, params string[] named)
    {
        var refusal = Assert.Throws<RefusedException>(parse);
        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        foreach (var part in named)
            Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, refusal.Message, StringComparison.Ordinal);
    }

    private static GenerateRequest BadGenerate(string field)
    {
        var request = new GenerateRequest { TokenIds = new TokenIds { Ids = { 300, 301, 302 } }, Sampling = new SamplingOptions() };
        var sampling = request.Sampling;
        switch (field)
        {
            case "Model": request.Model = "other"; break;
            case "Model.Long": request.Model = new string('m', 129); break;
            case "Model.Text": request.Model = $"{Secret}\r\n{Secret}"[..18]; break;
            case "RequestId.Long": request.RequestId = new string('r', 65); break;
            case "RequestId.Characters": request.RequestId = $"a {Secret}"; break;
            case "Prompt.None": request.ClearPrompt(); break;
            case "Prompt.Empty": request.Text = ""; break;
            case "Prompt.EmptyIds": request.TokenIds = new TokenIds(); break;
            case "Prompt.LongText": request.Text = $"{Secret}{new string('ä', 496)}"; break;
            case "Prompt.NegativeId": request.TokenIds.Ids[1] = -1; break;
            case "Prompt.HighId": request.TokenIds.Ids[0] = 4096; break;
            case "Prompt.LongIds": request.TokenIds.Ids.Add(new int[2045]); break;
            case "Temperature.High": sampling.Temperature = 2.5f; break;
            case "Temperature.Negative": sampling.Temperature = -0.1f; break;
            case "Temperature.NaN": sampling.Temperature = float.NaN; break;
            case "Temperature.Infinite": sampling.Temperature = float.PositiveInfinity; break;
            case "TopK.Negative": sampling.TopK = -1; break;
            case "TopK.High": sampling.TopK = 4097; break;
            case "TopP.Zero": sampling.TopP = 0; break;
            case "TopP.High": sampling.TopP = 1.5f; break;
            case "TopP.NaN": sampling.TopP = float.NaN; break;
            case "MinP.Negative": sampling.MinP = -0.5f; break;
            case "MinP.High": sampling.MinP = 1.5f; break;
            case "MinP.NaN": sampling.MinP = float.NaN; break;
            case "RepetitionPenalty.Zero": sampling.RepetitionPenalty = 0; break;
            case "RepetitionPenalty.High": sampling.RepetitionPenalty = 11; break;
            case "RepetitionPenalty.NaN": sampling.RepetitionPenalty = float.NaN; break;
            case "FrequencyPenalty.High": sampling.FrequencyPenalty = 2.5f; break;
            case "FrequencyPenalty.NaN": sampling.FrequencyPenalty = float.NaN; break;
            case "PresencePenalty.Low": sampling.PresencePenalty = -2.5f; break;
            case "LogitBias.Many": sampling.LogitBias.Add(Enumerable.Range(0, 301).ToDictionary(i => i, _ => 1f)); break;
            case "LogitBias.Token": sampling.LogitBias[4096] = 1; break;
            case "LogitBias.High": sampling.LogitBias[5] = 100.5f; break;
            case "LogitBias.NaN": sampling.LogitBias[5] = float.NaN; break;
            case "Stop.Many": sampling.Stop.Add(Enumerable.Range(0, 17).Select(i => $"{Secret}{i}")); break;
            case "Stop.Empty": sampling.Stop.Add([Secret, ""]); break;
            case "Stop.Long": sampling.Stop.Add(Secret + new string('s', 257 - Secret.Length)); break;
            case "StopTokens.Many": sampling.StopTokenIds.Add(Enumerable.Range(0, 65)); break;
            case "StopTokens.High": sampling.StopTokenIds.Add([1, 4096]); break;
            case "MaxTokens.Zero": sampling.MaxTokens = 0; break;
            case "MaxTokens.Negative": sampling.MaxTokens = -5; break;
            case "MaxTokens.High": sampling.MaxTokens = 2046; break;
            case "MinTokens.Negative": sampling.MinTokens = -1; break;
            case "MinTokens.High": (sampling.MinTokens, sampling.MaxTokens) = (11, 10); break;
            case "PromptLogprobs.High": sampling.PromptLogprobs = 21; break;
            case "Logprobs.Negative": sampling.Logprobs = -1; break;
            case "Logprobs.High": sampling.Logprobs = 21; break;
            default: throw new ArgumentOutOfRangeException(nameof(field), field, null);
        }

        return request;
    }

    private static ChatRequest BadChat(string field)
    {
        (Role Role, string Content)[] messages = field switch
        {
            "None" => [],
            "Role.Unset" => [(Role.Unspecified, Secret)],
            "Role.Unknown" => [((Role)9, Secret)],
            "Role.LateSystem" => [(Role.User, Secret), (Role.System, Secret), (Role.User, Secret)],
            "Role.AssistantFirst" => [(Role.Assistant, Secret)],
            "Role.TwoUsers" => [(Role.User, Secret), (Role.User, Secret)],
            "Role.AssistantLast" => [(Role.User, Secret), (Role.Assistant, Secret)],
            "Content.Empty" => [(Role.User, "")],
            "Content.Long" => [(Role.System, new string('a', 500)), (Role.User, new string('b', 501))],
            _ => throw new ArgumentOutOfRangeException(nameof(field), field, null),
        };
        return new ChatRequest { Messages = { messages.Select(message => new ChatMessage { Role = message.Role, Content = message.Content }) } };
    }

    private static GatewayOptions Options()
    {
        var options = TestModel.Options();
        options.MaxPromptBytes = 1000;
        return options;
    }
}
