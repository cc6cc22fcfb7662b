namespace Baichuan.Model;

/// <summary>How urgent a request is; lower values go first.</summary>
public enum RequestClass
{
    /// <summary>Somebody's health waits for the answer.</summary>
    Emergency = 0,

    /// <summary>Somebody reads along.</summary>
    Interactive = 1,

    /// <summary>Nobody waits.</summary>
    Batch = 2,
}
