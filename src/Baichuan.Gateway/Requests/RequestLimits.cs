using Baichuan.Model.Text;

namespace Baichuan.Gateway.Requests;

/// <summary>Limits that are a part of the protocol: inference.proto states them, so no setting changes them.</summary>
internal static class RequestLimits
{
    public const int MaxRequestIdLength = 64;

    public const int MaxProfileIdLength = 64;

    public const int MaxStopStrings = StopStringScanner.MostStopStrings;

    /// <summary>UTF-16 code units.</summary>
    public const int MaxStopStringLength = StopStringScanner.LongestStopString;

    public const int MaxStopTokens = 64;

    public const int MaxLogprobs = 20;

    /// <summary>Frequency and presence penalties lie between this and its negative.</summary>
    public const float MaxOccurrencePenalty = 2;

    public const int MaxBiases = 300;

    public const float MaxBias = 100;

    /// <summary>Most tokens of a prompt of which each one's probability is asked for: these go to the client in one event.</summary>
    public const int MaxScoredPrompt = 4096;

    /// <summary>Most completions of one prompt.</summary>
    public const int MaxChoices = 16;

    public const float MaxTemperature = 2;

    public const float MaxRepetitionPenalty = 10;
}
