"""The calculator of nanochat's models: what stands between <|python_start|> and <|python_end|>, evaluated.

    calculate("1,234*2")             2468     as nanochat does: commas are nothing
    calculate("12,5*2", french=True) 25       a comma is a decimal point, and the result is written with one
    calculate("'fraise'.count('r')") 1

Nothing is executed: the expression is parsed, and walked. So it works in any thread, and needs no clock.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

NUMERIC = frozenset("0123456789*+-/.() ")
TEXTUAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'\"()._ ")
OPERATORS: Mapping[type, Callable[..., Any]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.FloorDiv: operator.floordiv,
        ast.UAdd: operator.pos,
        ast.USub: operator.neg,
    }
)
METHODS = frozenset(
    ("count", "lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize", "swapcase")
)
LONGEST = 300  # letters of an expression, and so digits of a result: nothing is raised to a power
WRITTEN_OTHERWISE = str.maketrans({"×": "*", "÷": "/", "·": "*", "−": "-", "\u00a0": " ", "\u202f": " "})


def calculate(expression: str, french: bool = False) -> str | None:
    """The result as it is written after the expression; None where there is none."""
    if len(expression) > LONGEST:
        return None
    plain = from_french(expression) if french else expression.replace(",", "")
    if not (NUMERIC.issuperset(plain) or (TEXTUAL.issuperset(plain) and ".count(" in plain)):
        return None
    try:
        value = _value(ast.parse(plain.lstrip(" "), mode="eval").body)
    except (SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError, AttributeError):
        return None
    return _in_french(value) if french else str(value)


def _value(node: ast.expr) -> Any:
    """The value of a number, a text, an operation, or a method of a text. ValueError for anything else."""
    match node:
        case ast.Constant(value=int() | float() | str() as value) if not isinstance(value, bool):
            return value
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_number(left), _number(right))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_number(operand))
        case ast.Call(func=ast.Attribute(value=text, attr=name), args=given, keywords=[]) if name in METHODS:
            return getattr(_text(text), name)(*map(_text, given))
    raise ValueError("expression")


def _number(node: ast.expr) -> int | float:
    value = _value(node)
    if isinstance(value, str):
        raise TypeError("text")
    return value  # type: ignore[no-any-return]


def _text(node: ast.expr) -> str:
    value = _value(node)
    if not isinstance(value, str):
        raise TypeError("number")
    return value


def from_french(expression: str) -> str:
    """« 1 234,5 × 2 » -> « 1234.5 * 2 »; « 1,234.5 » and « 1.234,5 » are read by their last sign."""
    plain = expression.translate(WRITTEN_OTHERWISE)
    plain = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", plain)

    def read(number: re.Match[str]) -> str:
        text = number.group()
        if "," not in text:
            return text
        if text.rfind(".") > text.rfind(","):
            return text.replace(",", "")
        return text.replace(".", "").replace(",", ".")

    return re.sub(r"\d[\d.,]*", read, plain)


def _in_french(value: int | float | str) -> str:
    """25.0 -> « 25 »; 0.1 + 0.2 -> « 0,3 »"""
    if isinstance(value, float):
        value = round(value, 10)
        return f"{value:.10f}".rstrip("0").rstrip(".").replace(".", ",") if abs(value) < 1e15 else str(value)
    return str(value)
