"""The one exception that means "the input is wrong", as opposed to "the program is wrong"."""


class InputError(ValueError):
    """A file, a configuration key or an array that cannot be used as it is.

    The message says what is wrong, where (file, key, or sequence), and what to do about it. Scripts
    show it without a traceback, because the reader can act on the message alone.

    Examples:
        >>> import rnnfv
        >>> rnnfv.MeanPooling().fit([])
        Traceback (most recent call last):
        rnnfv.errors.InputError: no sequences given.
    """
