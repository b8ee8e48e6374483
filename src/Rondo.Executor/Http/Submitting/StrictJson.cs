using System.Text.Json;

namespace Rondo.Executor.Http.Submitting;

/// <summary>
/// Reads JSON whose form is known, strictly: what is not as expected is refused with its place and what would be right. A null counts as
/// a field that was left out.
/// </summary>
internal ref struct StrictJson
{
    /// <summary>Reads a whole document, which stands at its first token.</summary>
    public delegate T ReadDocument<T>(ref StrictJson json);

    private const int MaxDepth = 64;

    private readonly ReadOnlySpan<byte> _json;
    private readonly Memory<byte> _kept;
    private Utf8JsonReader _reader;

    public StrictJson(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <summary>
    /// Reads JSON in memory that is the reader's own: what makes up most of it is not copied out, but decoded where it is. See <see cref="Decoded"/>.
    /// </summary>
    public StrictJson(Memory<byte> kept)
        : this(kept.Span) => _kept = kept;

    /// <summary>Where the JSON is not any more what it was.</summary>
    public DecodedText? Decoded { get; private set; }

    /// <summary>Reads a document that stands alone.</summary>
    /// <exception cref="HttpProblem">It is not right; says where and why.</exception>
    public static T Document<T>(ReadOnlySpan<byte> body, ReadDocument<T> read)
    {
        var json = new StrictJson(body);
        try
        {
            json.Read();
            var document = read(ref json);

            // Anything but white space after it is told by the reader.
            json.Read();
            return document;
        }
        catch (JsonException error)
        {
            var what = error.Message.Split(" LineNumber:", 2)[0];
            throw HttpProblem.BadRequest(
                $"line {(error.LineNumber ?? 0) + 1}, column {(error.BytePositionInLine ?? 0) + 1}: this is not JSON: {what}"
            );
        }
        catch (InvalidOperationException error) when (error is not ObjectDisposedException)
        {
            // The reader throws this for a string that is not Unicode text.
            throw json.Wrong($"this is not text: {error.Message}");
        }
    }

    /// <summary>The kind of what is read now.</summary>
    public readonly JsonTokenType Token => _reader.TokenType;

    /// <summary>True when the field has no value.</summary>
    public readonly bool IsNull => _reader.TokenType == JsonTokenType.Null;

    /// <summary>Goes on to the next token; after the last one, makes sure that there is nothing else.</summary>
    public bool Read() => _reader.Read();

    /// <summary>Goes on to the next field of an object and to its value; false at the object's end. A field may come once.</summary>
    /// <param name="fields">The fields that there may be, 64 at most.</param>
    /// <param name="seen">Those that came already, a bit each; 0 to begin with.</param>
    public bool ReadField(ReadOnlySpan<string> fields, string within, ref ulong seen, out string field)
    {
        field = "";
        if (!ReadName(out var name))
        {
            return false;
        }

        var known = fields.IndexOf(name);
        if (known < 0)
        {
            throw Wrong($"unknown field \"{within}{name}\"; the fields are {string.Join(", ", fields.ToArray())}");
        }

        if ((seen & (1UL << known)) != 0)
        {
            throw Twice(within + name);
        }

        seen |= 1UL << known;
        field = fields[known];
        _reader.Read();
        return true;
    }

    /// <summary>Goes on to the next name of an object; false at the object's end.</summary>
    public bool ReadName(out string name)
    {
        name = _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName ? _reader.GetString()! : "";
        return _reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Goes on to the next item of a list; false at the list's end.</summary>
    public bool ReadItem() => _reader.Read() && _reader.TokenType != JsonTokenType.EndArray;

    /// <summary>A text without a zero character, which no program can be given and no name needs; null for none.</summary>
    public string? Text(string field, int maxLength = int.MaxValue)
    {
        if (IsNull)
        {
            return null;
        }

        var text = AnyText(field);
        if (text.Length > maxLength)
        {
            throw Wrong($"\"{field}\" is longer than {maxLength} characters");
        }

        return text.Contains('\0') ? throw Wrong($"\"{field}\" has a NUL character, which no program can be given") : text;
    }

    /// <summary>A text of at least one character; null for none.</summary>
    public string? Name(string field, int maxLength)
    {
        var text = Text(field, maxLength);
        return text is not { Length: 0 } ? text : throw Wrong($"\"{field}\" is empty; leave it out instead");
    }

    /// <summary>Any text, as it is.</summary>
    public string AnyText(string field)
    {
        Expect(JsonTokenType.String, field, "a string");
        return _reader.GetString()!;
    }

    /// <summary>Any text, as UTF-8; null for none.</summary>
    public ReadOnlyMemory<byte>? Utf8(string field)
    {
        if (IsNull)
        {
            return null;
        }

        Expect(JsonTokenType.String, field, "a string");
        if (!_reader.ValueIsEscaped)
        {
            // Text that is not Unicode is refused, as the reader does when it makes a string of it.
            return System.Text.Unicode.Utf8.IsValid(_reader.ValueSpan)
                ? Part((int)_reader.TokenStartIndex + 1, _reader.ValueSpan.Length)
                : throw Wrong($"\"{field}\" is not text: its bytes are not UTF-8");
        }

        var (start, length) = ((int)_reader.TokenStartIndex + 1, _reader.ValueSpan.Length);
        var text = IsMost(length) ? Decode(start, length, isBase64: false) : new byte[length];

        // Also in its own place: no escape is shorter than what it stands for, and what was read is not looked at again.
        return text[.._reader.CopyString(text.Span)];
    }

    /// <summary>Bytes in Base64; null for none.</summary>
    public ReadOnlyMemory<byte>? Base64(string field)
    {
        if (IsNull)
        {
            return null;
        }

        Expect(JsonTokenType.String, field, "a string in Base64");
        var (start, length) = ((int)_reader.TokenStartIndex + 1, _reader.ValueSpan.Length);
        if (!IsMost(length))
        {
            return _reader.TryGetBytesFromBase64(out var bytes) ? bytes : throw NotBase64(field);
        }

        if (!System.Text.Ascii.IsValid(_reader.ValueSpan))
        {
            throw NotBase64(field);
        }

        var text = Decode(start, length, isBase64: true);
        text = _reader.ValueIsEscaped ? text[.._reader.CopyString(text.Span)] : text;
        return System.Buffers.Text.Base64.DecodeFromUtf8InPlace(text.Span, out var count) == System.Buffers.OperationStatus.Done
            ? text[..count]
            : throw NotBase64(field);
    }

    private readonly HttpProblem NotBase64(string field) => Wrong($"\"{field}\" is not Base64 (RFC 4648, section 4)");

    /// <summary>Any JSON, byte for byte.</summary>
    public ReadOnlyMemory<byte> Raw()
    {
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        return Part(start, (int)_reader.BytesConsumed - start);
    }

    // A small part would keep all the rest in memory with it.
    private readonly ReadOnlyMemory<byte> Part(int start, int length) =>
        IsMost(length) ? _kept.Slice(start, length) : _json.Slice(start, length).ToArray();

    private readonly bool IsMost(int length) => !_kept.IsEmpty && length > _kept.Length / 2;

    private Memory<byte> Decode(int start, int length, bool isBase64)
    {
        Decoded = new DecodedText(start, length, isBase64);
        return _kept.Slice(start, length);
    }

    /// <summary>A whole number; null for none.</summary>
    public int? Whole(string field, int least = int.MinValue, int most = int.MaxValue)
    {
        if (IsNull)
        {
            return null;
        }

        Expect(JsonTokenType.Number, field, "a whole number");
        return _reader.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw Wrong($"\"{field}\" has to be a whole number from {least} to {most}");
    }

    /// <summary>A number; null for none.</summary>
    public double? Number(string field, double least, double most)
    {
        if (IsNull)
        {
            return null;
        }

        Expect(JsonTokenType.Number, field, $"a number from {least} to {most}");
        return _reader.TryGetDouble(out var number) && number >= least && number <= most
            ? number
            : throw Wrong($"\"{field}\" has to be a number from {least} to {most}");
    }

    /// <summary>A length of time; null for none.</summary>
    public TimeSpan? Duration(string field, TimeSpan least)
    {
        if (IsNull)
        {
            return null;
        }

        Expect(JsonTokenType.String, field, DurationText.Expected);
        return DurationText.TryParse(_reader.GetString(), out var duration) && duration >= least
            ? duration
            : throw Wrong(
                $"\"{field}\" is \"{_reader.GetString()}\": expected {DurationText.Expected}, "
                    + $"from {DurationText.Of(least)} to {DurationText.Of(DurationText.Longest)}"
            );
    }

    /// <summary>A time with its offset from UTC (RFC 3339); null for none.</summary>
    public DateTimeOffset? Time(string field)
    {
        if (IsNull)
        {
            return null;
        }

        Expect(JsonTokenType.String, field, TimeText.Expected);
        var text = _reader.GetString()!;
        return TimeText.IsWhole(text) && _reader.TryGetDateTimeOffset(out var time)
            ? time.ToUniversalTime()
            : throw Wrong($"\"{field}\" is \"{text}\": expected {TimeText.Expected}");
    }

    /// <summary>Refuses anything else.</summary>
    public readonly void Expect(JsonTokenType type, string field, string expected)
    {
        if (_reader.TokenType != type)
        {
            throw Wrong($"\"{field}\" has to be {expected}, got {Kind()}");
        }
    }

    /// <summary>What is read now, in words.</summary>
    public readonly string Kind() =>
        _reader.TokenType switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a number",
            JsonTokenType.True or JsonTokenType.False => "true or false",
            _ => "null",
        };

    /// <summary>A name of an object came before: to take one of its values would be a guess.</summary>
    public readonly HttpProblem Twice(string field) => Wrong($"\"{field}\" is given twice; give it once");

    /// <summary>What is wrong at the place that is read now.</summary>
    public readonly HttpProblem Wrong(string what)
    {
        var before = _json[..(int)_reader.TokenStartIndex];
        if (Decoded is { } decoded && before.Length > decoded.Start)
        {
            // There was no end of line in the text.
            var undone = before.ToArray();
            undone.AsSpan(decoded.Start, decoded.Length).Fill((byte)' ');
            before = undone;
        }

        var line = before.Count((byte)'\n') + 1;
        var column = before.Length - before.LastIndexOf((byte)'\n');
        return HttpProblem.BadRequest($"line {line}, column {column}: {what}");
    }
}
