namespace Baichuan.Scheduling;

/// <summary>
/// How many prefill rows a step may have beside decode rows, so that a long prompt does not stop the streams that run.
/// <para>The rule: a step with prefill rows may take <see cref="MostSlowdown"/> times as long as one without. D is the time of steps without (a moving
/// mean), r what a prefill row adds to it (both sums of the last few dozen steps: added time by added rows); the budget is (MostSlowdown - 1) * D / r rows,
/// those of steps in flight included, for a step waits behind them. It at most doubles from one measured step to the next, begins at
/// <see cref="FirstRows"/>, and is never below 1: prompts always go on. One step in <see cref="MixedInARow"/> goes without prefill rows, so that D stays
/// measured. Where several prompts want rows at once, each but the first adds (MostSlowdown - 1) rows: D is then what it would be if they decoded already. Without that, few
/// streams mean short steps, short steps mean few prefill rows, and so it stays, with most of the time spent on reading weights. While no decode row is in the step or in flight, and before the first time is known, nothing is held back.</para>
/// The budget moves the cuts between chunks and nothing else: bytes do not depend on it. 2 leaves room for the spread of step times below the 2.5 that
/// the 99th percentile of the time between tokens may grow by.
/// </summary>
internal sealed class PrefillBudget
{
    public const double MostSlowdown = 2;
    public const int FirstRows = 4;
    public const int MixedInARow = 32;

    private const double Memory = 0.95; // share of the sums that a step leaves
    private const double Weight = 0.2; // of the latest step in the mean

    private double _plainSeconds; // D; 0: not measured
    private double _addedSeconds;
    private double _addedRows;
    private double _rows = FirstRows;
    private int _mixed;

    /// <summary>Prefill rows of the step to be planned.</summary>
    /// <param name="inFlight">Prefill rows of the steps ahead of it.</param>
    /// <param name="prompts">Sequences that prefill, or wait and could run, at least 1.</param>
    public int Rows(int inFlight, int prompts)
    {
        if (_plainSeconds == 0)
            return int.MaxValue;
        return _mixed >= MixedInARow ? 0 : Math.Max(inFlight == 0 ? 1 : 0, (int)(_rows + ((MostSlowdown - 1) * (prompts - 1))) - inFlight);
    }

    /// <summary>A step with decode rows, or behind one, was planned.</summary>
    public void OnPlanned(int prefillRows) => _mixed = prefillRows == 0 ? 0 : _mixed + 1;

    /// <summary>A step with decode rows has come back.</summary>
    /// <param name="elapsed">From its order to its result.</param>
    /// <param name="prefillRows">Of the step and of those that were in flight ahead of it.</param>
    public void OnCompleted(TimeSpan elapsed, int prefillRows)
    {
        var seconds = elapsed.TotalSeconds;
        if (seconds <= 0)
            return;
        if (prefillRows == 0)
        {
            // A pause of the machine is not what a step costs.
            _plainSeconds = _plainSeconds == 0 ? seconds : _plainSeconds + (Weight * (Math.Min(seconds, 2 * _plainSeconds) - _plainSeconds));
            return;
        }

        if (_plainSeconds == 0)
            return;
        _addedSeconds = (Memory * _addedSeconds) + Math.Max(0, seconds - _plainSeconds);
        _addedRows = (Memory * _addedRows) + prefillRows;
        var affordable = (MostSlowdown - 1) * _plainSeconds * _addedRows / Math.Max(_addedSeconds, 1e-9);
        _rows = Math.Clamp(affordable, 1, 2 * Math.Max(_rows, 1));
    }
}
