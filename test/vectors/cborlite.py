"""Deterministic CBOR (RFC 8949, 4.2.1): a small encoder, and a strict reader that checks the vectors.

Values: int, bytes, str, bool, None, list, dict; Tag for tag 18; Raw for bytes that are put in as they stand.
"""


class Tag:
    def __init__(self, number, value):
        self.number, self.value = number, value


class Raw:
    def __init__(self, data):
        self.data = bytes(data)


class Bad(Exception):
    pass


def head(major, n, width=None):
    """The head of an item; width (0, 1, 2, 4, 8) forces a longer form than needed."""
    if width is None:
        width = 0 if n < 24 else 1 if n < 1 << 8 else 2 if n < 1 << 16 else 4 if n < 1 << 32 else 8
    if width == 0:
        return bytes([major << 5 | n])
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[width]]) + n.to_bytes(width, "big")


def enc(v):
    if isinstance(v, Raw):
        return v.data
    if v is False or v is True or v is None:
        return bytes([0xF4 if v is False else 0xF5 if v is True else 0xF6])
    if isinstance(v, int):
        return head(0, v) if v >= 0 else head(1, -1 - v)
    if isinstance(v, (bytes, bytearray)):
        return head(2, len(v)) + bytes(v)
    if isinstance(v, str):
        data = v.encode()
        return head(3, len(data)) + data
    if isinstance(v, (list, tuple)):
        return head(4, len(v)) + b"".join(enc(x) for x in v)
    if isinstance(v, dict):  # bytewise order of the encoded keys
        return head(5, len(v)) + b"".join(k + x for k, x in sorted((enc(k), enc(x)) for k, x in v.items()))
    if isinstance(v, Tag):
        return head(6, v.number) + enc(v.value)
    raise TypeError(type(v))


def dec(data, limit=4096):
    """One whole item, by clauses 2.1 to 2.3; raises Bad."""
    if len(data) > limit:
        raise Bad("size")
    if data[:1] == b"\xd2":
        v, end = _item(data, 1, 0)
        v = Tag(18, v)
    else:
        v, end = _item(data, 0, 0)
    if end != len(data):
        raise Bad("trailing bytes")
    return v


def _item(d, i, depth):
    if i >= len(d):
        raise Bad("truncated")
    major, info = d[i] >> 5, d[i] & 31
    i += 1
    if major == 7:
        if info in (20, 21, 22):
            return {20: False, 21: True, 22: None}[info], i
        raise Bad("simple value or float")
    if info > 27:
        raise Bad("indefinite or reserved")
    n = info
    if info >= 24:
        w = 1 << (info - 24)
        if i + w > len(d):
            raise Bad("truncated head")
        n = int.from_bytes(d[i : i + w], "big")
        i += w
        if n < (24 if w == 1 else 1 << (4 * w)):
            raise Bad("not shortest")
    if major < 2:
        v = n if major == 0 else -1 - n
        if abs(v) > (1 << 53) - 1:
            raise Bad("integer too large")
        return v, i
    if major < 4:
        if n > len(d) - i:
            raise Bad("truncated string")
        raw = d[i : i + n]
        i += n
        if major == 2:
            return raw, i
        try:
            text = raw.decode("utf-8", "strict")
        except UnicodeDecodeError:
            raise Bad("utf-8")
        if text.startswith("\ufeff"):
            raise Bad("bom")
        return text, i
    if major == 6:
        raise Bad("tag")
    if depth == 10:
        raise Bad("depth")
    if n > len(d) - i:
        raise Bad("truncated container")
    if major == 4:
        out = []
        for _ in range(n):
            v, i = _item(d, i, depth + 1)
            out.append(v)
        return out, i
    out, last = {}, b""
    for _ in range(n):
        start = i
        k, i = _item(d, i, depth + 1)
        if isinstance(k, bool) or not isinstance(k, (int, str)):
            raise Bad("key type")
        if d[start:i] <= last:
            raise Bad("key order")
        last = d[start:i]
        out[k], i = _item(d, i, depth + 1)
    return out, i
