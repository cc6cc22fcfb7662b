using System.Globalization;
using Baichuan.Gateway.Requests;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Baichuan.Gateway.OpenAi;

/// <summary>Refusals in the form that OpenAI's clients read.</summary>
internal static class OpenAiErrors
{
    public static Task WriteAsync(HttpResponse response, RefusedException refusal)
    {
        var error = Of(refusal.Code, refusal.Message);
        response.StatusCode = error.Status;
        if (refusal.RetryAfter is { } wait)
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return response.WriteAsJsonAsync(error.Body, OpenAiJson.Default.OpenAiErrorBody);
    }

    public static (int Status, OpenAiErrorBody Body) Of(StatusCode code, string message)
    {
        var (status, type) = code switch
        {
            StatusCode.InvalidArgument or StatusCode.AlreadyExists => (StatusCodes.Status400BadRequest, "invalid_request_error"),
            StatusCode.Unauthenticated => (StatusCodes.Status401Unauthorized, "authentication_error"),
            StatusCode.PermissionDenied => (StatusCodes.Status403Forbidden, "permission_error"),
            StatusCode.NotFound => (StatusCodes.Status404NotFound, "not_found_error"),
            StatusCode.ResourceExhausted => (StatusCodes.Status429TooManyRequests, "rate_limit_error"),
            StatusCode.Unavailable or StatusCode.Aborted => (StatusCodes.Status503ServiceUnavailable, "server_error"),
            _ => (StatusCodes.Status500InternalServerError, "server_error"),
        };
        return (status, new OpenAiErrorBody(new OpenAiError(message, type, null, null)));
    }
}
