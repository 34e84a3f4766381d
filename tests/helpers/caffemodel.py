"""Protocol buffers written by hand, to make small .caffemodel files."""


def varint(number):
    """Seven bits a byte, the lowest first; all bytes but the last have their highest bit set."""
    return (
        b""
        if number is None
        else bytes([number])
        if number < 128
        else bytes([number & 127 | 128]) + varint(number >> 7)
    )


def field(number, value):
    """A field of a protobuf message: a whole number, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value
