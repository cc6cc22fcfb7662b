using System.Text;
using System.Text.Json;
using Baichuan.Model.Text;
using Baichuan.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Baichuan.Gateway.OpenAi;

/// <summary>Writes a request's events as OpenAI's API does: as they come, or whole at the end. One request, one writer at a time.</summary>
internal sealed class OpenAiAnswer(HttpResponse response, OpenAiForm form, TextTokenizer tokenizer, bool isChat, long created) : IServerStreamWriter<GenerationEvent>
{
    private static readonly byte[] _data = "data: "u8.ToArray();
    private static readonly byte[] _end = "\n\n"u8.ToArray();
    private static readonly byte[] _done = "data: [DONE]\n\n"u8.ToArray();

    private StringBuilder[] _texts = []; // of the choices
    private OpenAiLogprobs[] _logprobs = [];
    private FinishReason[] _reasons = []; // of those that ended; set where there are several
    private GenerationStarted _started = new();
    private GenerationFinished? _finished;

    public WriteOptions? WriteOptions { get; set; }

    public async Task WriteAsync(GenerationEvent message)
    {
        switch (message.EventCase)
        {
            case GenerationEvent.EventOneofCase.Started:
                _started = message.Started;
                _texts = [.. Enumerable.Range(0, form.Choices).Select(_ => new StringBuilder())];
                _logprobs = [.. _texts.Select(_ => new OpenAiLogprobs(tokenizer, isChat))];
                _reasons = new FinishReason[form.Choices];
                if (!form.Streams)
                    return;
                response.ContentType = "text/event-stream";
                response.Headers.CacheControl = "no-store";
                for (var index = 0; isChat && index < form.Choices; index++)
                    await SendAsync(Chunk(new OpenAiChoice(index, null) { Delta = new OpenAiMessage("assistant", "") }));
                return;
            case GenerationEvent.EventOneofCase.Tokens when form.Streams:
                _logprobs[message.Choice].Add(message.Tokens);
                if (message.Tokens.Text.Length > 0 || form.Scores)
                    await SendAsync(Chunk(Piece(message.Choice, message.Tokens.Text, null) with { Logprobs = _logprobs[message.Choice].Take() }));
                return;
            case GenerationEvent.EventOneofCase.Tokens:
                _logprobs[message.Choice].Add(message.Tokens);
                _texts[message.Choice].Append(message.Tokens.Text);
                return;
            case GenerationEvent.EventOneofCase.ChoiceFinished:
                _reasons[message.Choice] = message.ChoiceFinished.Reason;
                if (form.Streams)
                    await SendAsync(Chunk(Piece(message.Choice, null, Reason(message.ChoiceFinished.Reason))));
                return;
            case GenerationEvent.EventOneofCase.Finished:
                _finished = message.Finished;
                return;
        }
    }

    /// <summary>After the last event: the whole answer, or the end of the stream. Nothing for a client that is gone.</summary>
    public async Task EndAsync()
    {
        if (_finished is not { } finished)
            return;
        if (Reason(finished.Reason) is not { } reason)
        {
            var error = finished.Error ?? new GenerationError { Code = (int)StatusCode.DeadlineExceeded, Message = "The request ended before its answer was complete." };
            var (status, body) = OpenAiErrors.Of((StatusCode)error.Code, error.Message);
            if (form.Streams)
                await SendAsync(JsonSerializer.SerializeToUtf8Bytes(body, OpenAiJson.Default.OpenAiErrorBody));
            else
                await WriteWholeAsync(status, JsonSerializer.SerializeToUtf8Bytes(body, OpenAiJson.Default.OpenAiErrorBody));
            return;
        }

        var usage = new OpenAiUsage(finished.Usage.PromptTokens, finished.Usage.CompletionTokens, new OpenAiPromptDetails(finished.Usage.CachedTokens));
        if (!form.Streams)
        {
            OpenAiChoice[] choices = [.. _texts.Select((text, index) => Whole(index, text.ToString(), form.Choices > 1 ? Reason(_reasons[index]) : reason) with { Logprobs = _logprobs[index].Take() })];
            await WriteWholeAsync(StatusCodes.Status200OK, Json(isChat ? "chat.completion" : "text_completion", choices, usage));
            return;
        }

        if (form.Choices == 1)
            await SendAsync(Chunk(Piece(0, null, reason)));
        if (form.CountsInStream)
            await SendAsync(Json(ChunkName, [], usage));
        await response.Body.WriteAsync(_done);
        await response.Body.FlushAsync();
    }

    private string ChunkName => isChat ? "chat.completion.chunk" : "text_completion";

    private OpenAiChoice Piece(int index, string? text, string? reason) =>
        isChat ? new OpenAiChoice(index, reason) { Delta = new OpenAiMessage(null, text) } : new OpenAiChoice(index, reason) { Text = text ?? "" };

    private OpenAiChoice Whole(int index, string text, string? reason) =>
        isChat ? new OpenAiChoice(index, reason) { Message = new OpenAiMessage("assistant", text) } : new OpenAiChoice(index, reason) { Text = text };

    private byte[] Chunk(OpenAiChoice choice) => Json(ChunkName, [choice], null);

    private byte[] Json(string name, OpenAiChoice[] choices, OpenAiUsage? usage) => JsonSerializer.SerializeToUtf8Bytes(
        new OpenAiCompletion(_started.RequestId, name, created, _started.Model, _started.ProfileId, choices) { Usage = usage }, OpenAiJson.Default.OpenAiCompletion);

    private Task WriteWholeAsync(int status, byte[] json)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        return response.Body.WriteAsync(json).AsTask();
    }

    private async Task SendAsync(byte[] json)
    {
        await response.Body.WriteAsync(_data);
        await response.Body.WriteAsync(json);
        await response.Body.WriteAsync(_end);
        await response.Body.FlushAsync();
    }

    private static string? Reason(FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        _ => null,
    };
}
