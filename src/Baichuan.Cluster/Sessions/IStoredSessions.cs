using Baichuan.Cluster.Abstractions.Sessions;

namespace Baichuan.Cluster.Sessions;

/// <summary>Which sessions the store of grain state has, whether or not a silo has their grains active. Thread-safe.</summary>
internal interface IStoredSessions
{
    /// <summary>How a session's grain is named in a store before its key.</summary>
    const string GrainType = "session/";

    /// <summary>The name of its state there.</summary>
    const string StateName = "session";

    /// <summary>How many a tenant has.</summary>
    Task<long> CountAsync(string model, string tenant);

    Task<List<SessionKey>> ListAsync();
}
