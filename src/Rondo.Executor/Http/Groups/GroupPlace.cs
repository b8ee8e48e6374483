using System.Globalization;
using Rondo.Core;

namespace Rondo.Executor.Http.Groups;

/// <summary>
/// How far one home has told of its jobs of a group that ended: enough to go on behind it. It says nothing after a restart of the home,
/// which does not know any more in which order they ended.
/// </summary>
/// <param name="Start">The start of the home.</param>
/// <param name="Since">After how many ended jobs what was told last begins.</param>
/// <param name="Told">How many of the group's jobs behind that were told.</param>
/// <param name="Below">0; or those that had ended by then are still being told from the store, and this is the number told last.</param>
internal readonly record struct GroupPlace(long Start, long Since, int Told, long Below)
{
    /// <summary>Before everything.</summary>
    public static GroupPlace Beginning(Incarnation start) => new(start.Value, -1, 0, 0);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Start}.{Since}.{Told}.{Below}");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string text, out GroupPlace place)
    {
        place = default;
        if (
            text.Split('.') is not [var start, var since, var told, var below]
            || !TryNumber(start, out var startNumber)
            || !TryNumber(since, out var sinceNumber)
            || !TryNumber(told, out var toldNumber)
            || !TryNumber(below, out var belowNumber)
            || toldNumber > int.MaxValue
        )
        {
            return false;
        }

        place = new GroupPlace(startNumber, sinceNumber, (int)toldNumber, belowNumber);
        return true;
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>The places of all homes, as the id of an event: a client that comes back with it, to any executor, is told what it has not seen.</summary>
internal sealed class GroupPlaces
{
    /// <summary>With more homes events have no ids: they would be longer than what they tell.</summary>
    public const int MaxHomes = 64;

    private readonly SortedDictionary<ExecutorId, GroupPlace> _places = [];

    /// <summary>Reads the id of an event. What is none has no places, so that everything is told.</summary>
    public static GroupPlaces Parse(string? id)
    {
        var places = new GroupPlaces();
        foreach (var part in id?.Split(',') ?? [])
        {
            if (
                part.Split('=') is [var home, var text]
                && ExecutorId.TryParse(home, out var executor)
                && GroupPlace.TryParse(text, out var place)
                && places._places.Count < MaxHomes
            )
            {
                places._places[executor] = place;
            }
        }

        return places;
    }

    /// <summary>How far a home has told; null for nothing.</summary>
    public GroupPlace? Of(ExecutorId home) => _places.TryGetValue(home, out var place) ? place : null;

    /// <summary>Notes how far a home has told.</summary>
    public void Note(ExecutorId home, GroupPlace place) => _places[home] = place;

    /// <summary>The id of an event; null when there are too many homes for one.</summary>
    public string? ToId() => _places.Count > MaxHomes ? null : string.Join(',', _places.Select(place => $"{place.Key}={place.Value}"));
}
