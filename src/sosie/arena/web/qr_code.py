"""A link as a QR code, which a phone reads off a screen. Drawn here: nobody is asked.

modules(link)   ->  rows of modules, True for dark, the quiet margin around; none where segno is not installed
in_blocks(rows) ->  two rows a line of text, to be shown dark on light
as_path(rows)   ->  the dark modules as the path of an SVG, one unit each
"""

from collections.abc import Sequence

QUIET = 4  # light modules around, as the standard wants
BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}

Rows = Sequence[Sequence[bool]]


def modules(link: str) -> Rows:
    try:
        import segno
    except ImportError:
        return ()
    drawn = segno.make_qr(link, error="m").matrix_iter(border=QUIET)
    return tuple(tuple(map(bool, row)) for row in drawn)


def in_blocks(rows: Rows) -> str:
    even = [*rows, *[[False] * len(row) for row in rows[:1] if len(rows) % 2]]
    pairs = zip(even[::2], even[1::2], strict=True)
    return "\n".join("".join(BLOCKS[pair] for pair in zip(*lines, strict=True)) for lines in pairs)


def as_path(rows: Rows) -> str:
    return "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
