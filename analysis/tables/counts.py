"""A count with its noun: the one place that chooses between singular and plural."""

from numbers import Real


def counted(n: object, noun: str, *, plural: str = "", digits: int = 0) -> str:
    """The number and its noun, which is plural unless the number reads 1; an unknown number reads "unknown".

    `plural` is the plural of a noun that does not get an "s", or whose "s" is not at its end.

    >>> counted(1, "unit"), counted(1234, "unit"), counted(None, "day")
    ('1 unit', '1,234 units', 'unknown days')
    >>> counted(2, "bug reported", plural="bugs reported"), counted(0.96, "day"), counted(1, "day", digits=1)
    ('2 bugs reported', '1 day', '1.0 days')
    >>> counted(-0.4, "point")
    '0 points'
    """
    is_known = isinstance(n, Real) and n == n
    number = f"{n:z,.{digits}f}" if is_known else "unknown"
    return f"{number} {noun if number == '1' else plural or noun + 's'}"


def unit_of(number: str, units: str) -> str:
    """The unit behind a number that is written already.

    >>> unit_of("1", "days"), unit_of("1.5", "days"), unit_of("1", "of 7")
    ('day', 'days', 'of 7')
    """
    return units.removesuffix("s") if number == "1" else units
