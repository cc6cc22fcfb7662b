using System.Text.Json;
using Baichuan.Gateway.Requests;
using Baichuan.V1;

namespace Baichuan.Gateway.OpenAi;

/// <summary>
/// Reads requests of OpenAI's API, with the parameters that vLLM added, into our messages; their ranges are checked there. What is not understood is refused,
/// not ignored: an answer that left out what was asked for would look right.
/// </summary>
internal static class OpenAiRequests
{
    public static (ChatRequest Request, OpenAiForm Form) ReadChat(JsonElement body)
    {
        var request = new ChatRequest { Sampling = new SamplingOptions() };
        var (scores, likeliest) = (false, (int?)null);
        var form = ReadCommon(body, request.Sampling, name => request.Model = name, (name, value) =>
        {
            switch (name)
            {
                case "messages" when value.ValueKind == JsonValueKind.Array: request.Messages.AddRange(value.EnumerateArray().Select(Message)); return true;
                case "logprobs": scores = Flag(name, value); return true;
                case "top_logprobs": likeliest = Integer(name, value); return true;
                case "response_format": return value.ValueKind == JsonValueKind.Object && value.TryGetProperty("type", out var type) && type.ValueEquals("text");
                default: return false;
            }
        });
        if (likeliest is not null && !scores)
            throw RefusedException.Invalid($"top_logprobs is set, and logprobs is not true; set it, or leave top_logprobs out.");
        if (scores)
            request.Sampling.Logprobs = likeliest ?? 0;
        return (request, form with { Scores = scores });
    }

    public static (GenerateRequest Request, OpenAiForm Form) ReadCompletion(JsonElement body)
    {
        var request = new GenerateRequest { Sampling = new SamplingOptions() };
        var form = ReadCommon(body, request.Sampling, name => request.Model = name, (name, value) =>
        {
            if (name == "logprobs" && value.ValueKind != JsonValueKind.False)
            {
                request.Sampling.Logprobs = Integer(name, value);
                return true;
            }

            if (name != "prompt")
                return false;
            if (value.ValueKind == JsonValueKind.Array)
                request.TokenIds = new TokenIds { Ids = { value.EnumerateArray().Select(id => Integer("prompt", id)) } };
            else
                request.Text = Text("prompt", value);
            return true;
        });
        return (request, form with { Scores = request.Sampling.HasLogprobs });
    }

    private static OpenAiForm ReadCommon(JsonElement body, SamplingOptions sampling, Action<string> setModel, Func<string, JsonElement, bool> readOwn)
    {
        var (streams, counts) = (false, false);
        foreach (var property in body.EnumerateObject())
        {
            var (name, value) = (property.Name, property.Value);
            if (value.ValueKind == JsonValueKind.Null || readOwn(name, value))
                continue;
            switch (name)
            {
                case "model": setModel(Text(name, value)); break;
                case "stream": streams = Flag(name, value); break;
                case "stream_options": counts = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("include_usage", out var usage) && Flag(name, usage); break;
                case "max_tokens" or "max_completion_tokens": sampling.MaxTokens = Integer(name, value); break;
                case "temperature": sampling.Temperature = Real(name, value); break;
                case "top_p": sampling.TopP = Real(name, value); break;
                case "top_k": sampling.TopK = Math.Max(0, Integer(name, value)); break; // -1 there: all
                case "min_p": sampling.MinP = Real(name, value); break;
                case "frequency_penalty": sampling.FrequencyPenalty = Real(name, value); break;
                case "presence_penalty": sampling.PresencePenalty = Real(name, value); break;
                case "repetition_penalty": sampling.RepetitionPenalty = Real(name, value); break;
                case "min_tokens": sampling.MinTokens = Integer(name, value); break;
                case "ignore_eos": sampling.IgnoreEos = Flag(name, value); break;
                case "seed": sampling.Seed = value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out var seed) ? seed : throw Wrong(name, "a whole number of at least 0"); break;
                case "stop": sampling.Stop.AddRange(value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(text => Text(name, text)) : [Text(name, value)]); break;
                case "logit_bias" when value.ValueKind == JsonValueKind.Object:
                    foreach (var bias in value.EnumerateObject())
                        sampling.LogitBias[int.TryParse(bias.Name, out var token) ? token : throw Wrong(name, "an object whose names are token ids")] = Real(name, bias.Value);
                    break;
                case "n": sampling.N = Integer(name, value); break;
                case "best_of" when value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var choices) && choices == 1: break;
                case "logprobs" or "echo" or "store" when value.ValueKind == JsonValueKind.False: break;
                case "user" or "metadata" or "safety_identifier": break; // says who asks; the key does
                default: throw RefusedException.Invalid($"A field of the request is not supported here, or not with its value: {Shown(name)}. Leave it out.");
            }
        }

        return new OpenAiForm(streams, counts, sampling.HasN ? sampling.N : 1, false);
    }

    private static ChatMessage Message(JsonElement message)
    {
        var role = message.ValueKind == JsonValueKind.Object && message.TryGetProperty("role", out var given) ? Text("role", given) : "";
        return new ChatMessage
        {
            Role = role switch
            {
                "system" or "developer" => Role.System,
                "user" => Role.User,
                "assistant" => Role.Assistant,
                _ => throw Wrong("messages", "objects with a role of system, user or assistant"),
            },
            Content = message.TryGetProperty("content", out var content) ? Content(content) : throw Wrong("messages", "objects with a content"),
        };
    }

    // A text, or parts of type text.
    private static string Content(JsonElement content) => content.ValueKind != JsonValueKind.Array
        ? Text("content", content)
        : string.Concat(content.EnumerateArray().Select(part =>
            part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var type) && type.ValueEquals("text") && part.TryGetProperty("text", out var text)
                ? Text("content", text)
                : throw Wrong("content", "a text, or parts of type text")));

    private static string Text(string name, JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, "a text");

    private static bool Flag(string name, JsonElement value) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, "true or false");

    private static int Integer(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Wrong(name, "a whole number");

    private static float Real(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out var number) ? number : throw Wrong(name, "a number");

    private static RefusedException Wrong(string name, string right) => RefusedException.Invalid($"{name} must be {right}.");

    // A name that could not be a field's is not repeated: clients put anything anywhere.
    private static string Shown(string name) => name.Length <= 40 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? $"\"{name}\"" : $"one of {name.Length} characters";
}
