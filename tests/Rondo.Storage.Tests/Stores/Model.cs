using Rondo.Core;

namespace Rondo.Storage.Tests.Stores;

/// <summary>What a store has to hold after the same records: told in dictionaries.</summary>
internal sealed class Model(ExecutorId self)
{
    public Dictionary<JobId, List<Record.OfJob>> Unfinished { get; } = [];

    public Dictionary<JobId, List<Record.OfJob>> Finished { get; } = [];

    public SortedDictionary<ExecutorId, Member> Members { get; } = [];

    public long MintedEpoch { get; private set; }

    public long LastNumber { get; private set; }

    public void Apply(Record record)
    {
        switch (record)
        {
            case Record.Minted minted:
                MintedEpoch = minted.Epoch;
                break;
            case Record.MemberKnown known:
                Members[known.Member.Id] = known.Member;
                break;
            case Record.MemberGone gone:
                Members.Remove(gone.Id);
                break;
            case Record.Dropped dropped:
                Unfinished.Remove(dropped.Id);
                break;
            case Record.OfJob ofJob:
                Append(ofJob);
                break;
        }
    }

    private void Append(Record.OfJob record)
    {
        if (!Unfinished.TryGetValue(record.Id, out var records))
        {
            Unfinished.Add(record.Id, records = []);
        }

        records.Add(record);
        if (record is Record.Accepted)
        {
            LastNumber = record.Id.Number;
        }

        if (record is Record.Finished && record.Id.Home == self)
        {
            Unfinished.Remove(record.Id);
            Finished.Add(record.Id, records);
        }
    }
}
