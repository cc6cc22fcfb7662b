using Baichuan.Gateway.Tenants;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Baichuan.Gateway.OpenAi;

/// <summary>A request over plain HTTP in the form of a gRPC call: without deadline and metadata, over when its client is gone.</summary>
internal sealed class HttpCall : ServerCallContext
{
    private readonly HttpContext _context;
    private readonly Dictionary<object, object> _state;

    public HttpCall(HttpContext context)
    {
        _context = context;
        _state = new Dictionary<object, object> { ["__HttpContext"] = context }; // where GetHttpContext looks in a context that is not its own
    }

    protected override string MethodCore => _context.Request.Path;

    protected override string HostCore => _context.Request.Host.Value ?? "";

    protected override string PeerCore => TenantGate.PeerOf(_context);

    protected override DateTime DeadlineCore => DateTime.MaxValue;

    protected override Metadata RequestHeadersCore { get; } = [];

    protected override CancellationToken CancellationTokenCore => _context.RequestAborted;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore { get; } = new(null, []);

    protected override IDictionary<object, object> UserStateCore => _state;

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();
}
