using Rondo.Core;

namespace Rondo.Executor.Http.Submitting;

/// <summary>A line of a batch that another executor has to take.</summary>
/// <param name="Number">The number of its job among all of the batch.</param>
/// <param name="Json">Makes the line.</param>
/// <param name="Answered">Told once it has its id or its problem.</param>
internal sealed record ForwardedLine(long Number, Func<JobJson> Json, TaskCompletionSource Answered);

/// <summary>
/// The lines of a batch that go to one other executor, in their order: those that gather while some are under way go together in one request.
/// </summary>
/// <param name="send">Hands some lines in, and returns once each has its id or its problem; does not throw.</param>
internal sealed class LineQueue(Func<Member, IReadOnlyList<ForwardedLine>, IReadOnlyList<JobJson>, Task> send)
{
    /// <summary>The most lines of a request.</summary>
    public const int MaxLines = 1_024;

    /// <summary>From so many bytes on a request takes no further line.</summary>
    public const int MaxBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly Queue<ForwardedLine> _waiting = [];
    private Member? _owner;
    private bool _isSending;

    /// <summary>Takes a line, and returns at once.</summary>
    public void Add(Member owner, ForwardedLine line)
    {
        lock (_gate)
        {
            _owner = owner;
            _waiting.Enqueue(line);
            if (_isSending)
            {
                return;
            }

            _isSending = true;
        }

        _ = Task.Run(SendAsync);
    }

    private async Task SendAsync()
    {
        while (true)
        {
            List<ForwardedLine> lines = [];
            List<JobJson> json = [];
            for (var bytes = 0L; bytes < MaxBytes && lines.Count < MaxLines && TakeNext(lines.Count > 0) is { } line; )
            {
                lines.Add(line);
                json.Add(line.Json());
                bytes += json[^1].Size;
            }

            if (lines.Count == 0)
            {
                return;
            }

            await send(_owner!, lines, json);
        }
    }

    private ForwardedLine? TakeNext(bool hasSome)
    {
        lock (_gate)
        {
            _isSending = hasSome || _waiting.Count > 0;
            return _waiting.TryDequeue(out var line) ? line : null;
        }
    }
}
