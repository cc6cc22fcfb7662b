namespace Baichuan.Kubernetes.Tests.Processes;

/// <summary>The server that keeps a cluster's state, with what it had on disk when it is started again.</summary>
internal interface IStoreServer : IAsyncDisposable
{
    const string Password = "0123456789abcdef";

    /// <summary>The cluster's Silo:StoreConnection.</summary>
    string Connection { get; }

    /// <summary>Starts it, with tables where it needs any.</summary>
    Task StartAsync();

    /// <summary>Ends it as its node's end would.</summary>
    Task KillAsync();
}
