namespace Baichuan.Cluster.Tests.State.Sqlite;

public interface ICounterGrain : IGrainWithStringKey
{
    Task<int> Increment();

    Task<int> Read();
}

public sealed class CounterGrain([PersistentState("counter")] IPersistentState<CounterState> state) : Grain, ICounterGrain
{
    public async Task<int> Increment()
    {
        state.State.Count++;
        await state.WriteStateAsync();
        return state.State.Count;
    }

    public Task<int> Read() => Task.FromResult(state.State.Count);
}
