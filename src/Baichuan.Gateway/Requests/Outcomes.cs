using Grpc.Core;

namespace Baichuan.Gateway.Requests;

/// <summary>What metrics call the statuses that a call can end with.</summary>
internal static class Outcomes
{
    public static string Of(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument => "invalid_argument",
        StatusCode.Unauthenticated => "unauthenticated",
        StatusCode.PermissionDenied => "permission_denied",
        StatusCode.NotFound => "not_found",
        StatusCode.AlreadyExists => "already_exists",
        StatusCode.Aborted => "aborted",
        StatusCode.ResourceExhausted => "resource_exhausted",
        StatusCode.Unavailable => "unavailable",
        StatusCode.DeadlineExceeded => "deadline",
        StatusCode.Cancelled => "cancelled",
        _ => "error",
    };
}
