"""The one exception that means "the input is wrong", as opposed to "the program is wrong"."""

import re


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


def system_problem(error: BaseException) -> InputError | None:
    """The refusal of the system, of memory or of a file, in words; None for another error."""
    text = str(error)
    no_memory = isinstance(error, RuntimeError) and re.search("(?i)out of mem|allocate mem", text)
    if isinstance(error, MemoryError) or no_memory:
        advice = "Give it more, or let fewer jobs run at a time, and run the same command again."
        return InputError(f"there is not enough memory{f' ({text})' if text else ''}. {advice}")
    if not isinstance(error, OSError) or error.errno is None:
        return None
    where = "the output" if error.filename is None else str(error.filename)
    advice = "Check it and its disk, and run the same command again."
    return InputError(f"{where}: {error.strerror}. {advice}")
