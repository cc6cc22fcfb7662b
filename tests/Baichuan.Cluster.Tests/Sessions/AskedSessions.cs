using System.Reflection;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Sessions;

namespace Baichuan.Cluster.Tests.Sessions;

/// <summary>Session grains that note that they were asked for.</summary>
internal sealed class AskedSessions(string failing)
{
    /// <summary>Their keys.</summary>
    public List<string> Asked { get; } = [];

    public IGrainFactory Factory()
    {
        var factory = DispatchProxy.Create<IGrainFactory, Lookup>();
        ((Lookup)(object)factory).Sessions = this;
        return factory;
    }

    private Task<SessionStatus?> AskAsync(string key)
    {
        Asked.Add(key);
        return key == failing ? Task.FromException<SessionStatus?>(new TimeoutException()) : Task.FromResult<SessionStatus?>(null);
    }

    public class Lookup : DispatchProxy
    {
        internal AskedSessions Sessions { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => new Grain(Sessions, (string)args![0]!);
    }

    private sealed class Grain(AskedSessions sessions, string key) : ISessionGrain
    {
        public Task<SessionStatus?> Get() => sessions.AskAsync(key);

        public Task<CreateReply> Create() => throw new NotSupportedException();

        public Task<bool> Delete() => throw new NotSupportedException();

        public Task<TurnGrant> BeginTurn(Guid turn) => throw new NotSupportedException();

        public Task<bool> KeepTurn(Guid turn, int length) => throw new NotSupportedException();

        public Task<bool> EndTurn(TurnResult result) => throw new NotSupportedException();

        public Task AbandonTurn(Guid turn) => throw new NotSupportedException();
    }
}
