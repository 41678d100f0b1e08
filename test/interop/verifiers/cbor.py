"""Deterministic CBOR and nothing else (FORMAT 2.1, 2.2)."""

from urllib.parse import quote


class Refused(Exception):
    """Its text is the code of the first check that failed."""


def need(holds, code="LICENSE_INVALID"):
    if not holds:
        raise Refused(code)


def item(data, leaves, path=""):
    """Notes the leaves of the first item in data, and returns what follows it."""
    need(data and (data[0] < 0xC0 and data[0] & 31 < 28 or data[0] in (0xF4, 0xF5, 0xF6)))
    major, n, width = data[0] >> 5, data[0] & 31, 0
    if major < 6 and n > 23:
        width = 1 << n - 24
        n = int.from_bytes(data[1 : 1 + width], "big")
        need(len(data) > width and n > 23 and n >> 4 * width > 0 and n < (1 << 53) - major % 2)
    data = data[1 + width :]
    need(major in (0, 1, 7) or n <= len(data))
    if major < 2:
        leaves[path] = f"{-1 - n if major else n}{'n' if width == 8 else ''}"
    elif major == 2:
        leaves[path], data = f"'{data[:n].hex()}'", data[n:]
    elif major == 3:
        try:
            text, data = data[:n].decode(), data[n:]
        except UnicodeDecodeError:
            raise Refused("LICENSE_INVALID") from None
        need(not text.startswith("\ufeff"))
        leaves[path] = f'"{quote(text, "")}"'
    elif major == 7:
        leaves[path] = ("false", "true", "null")[n - 20]
    else:
        need(path.count("/") < 10)
        if n == 0:
            leaves[path] = "[]" if major == 4 else "{}"
        last = b""
        for place in range(n):
            key = {"": f"#{place}"}
            if major == 5:
                before = data
                data = item(data, key)
                raw = before[: len(before) - len(data)]
                need(raw > last and raw[0] >> 5 in (0, 1, 3))
                last = raw
            data = item(data, leaves, f"{path}/{key['']}")
    return data


def to_be_signed(protected, payload):
    """The bytes that a signature covers (3.1)."""
    size = b"\x58%c" % len(payload) if len(payload) < 256 else b"\x59" + len(payload).to_bytes(2, "big")
    return b"\x84\x6aSignature1\x4d" + protected + b"\x40" + size + payload
