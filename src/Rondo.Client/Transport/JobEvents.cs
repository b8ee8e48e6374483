using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Rondo.Client;

/// <summary>The events of one job, over as many connections as it takes: each goes on where the one before broke.</summary>
internal sealed class JobEvents(string path, Sender sender) : IAsyncDisposable
{
    private string? _lastId;
    private IAsyncEnumerator<SseItem<Job?>>? _events;
    private HttpResponseMessage? _response;

    /// <summary>The next event; null when this connection has come to its end.</summary>
    public async Task<Job?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            _events ??= await OpenAsync(cancellationToken);
            if (await _events.MoveNextAsync())
            {
                _lastId = _events.Current.EventId ?? _lastId;
                return _events.Current.Data;
            }

            await DisposeAsync();
            return null;
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            await DisposeAsync();
            throw new RondoUnreachableException("the connection broke while the job was watched", failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_events is not null)
        {
            await _events.DisposeAsync();
        }

        _response?.Dispose();
        (_events, _response) = (null, null);
    }

    private async Task<IAsyncEnumerator<SseItem<Job?>>> OpenAsync(CancellationToken cancellationToken)
    {
        _response = await sender.GetAsync(path, default, cancellationToken, lastEventId: _lastId);
        var body = await _response.Content.ReadAsStreamAsync(cancellationToken);
        return SseParser
            .Create(body, static (_, data) => JsonSerializer.Deserialize(data, ClientJson.Default.Job))
            .EnumerateAsync(cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
    }
}
