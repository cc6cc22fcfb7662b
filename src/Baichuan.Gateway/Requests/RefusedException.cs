using System.Globalization;
using Grpc.Core;

namespace Baichuan.Gateway.Requests;

/// <summary>A request is not served: a status for the client's program and a sentence for people, which never holds what a prompt says.</summary>
internal sealed class RefusedException(StatusCode code, string message) : Exception(message)
{
    public StatusCode Code { get; } = code;

    /// <summary>When trying again may help; null where nothing is known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>INVALID_ARGUMENT.</summary>
    /// <param name="message">Names the field, its value, the limit, and what to do.</param>
    public static RefusedException Invalid(FormattableString message) => new(StatusCode.InvalidArgument, message.ToString(CultureInfo.InvariantCulture));

    /// <summary>UNAVAILABLE.</summary>
    public static RefusedException Unavailable(string message) => new(StatusCode.Unavailable, message);
}
