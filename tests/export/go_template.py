"""The part of Go's text/template that our Modelfiles use: fields, variables, if, else if, range, eq.

 render('{{ range .Messages }}{{ .Role }}{{ end }}', {"Messages": [{"Role": "user"}]})  ->  "user"

« $x » is visible from its definition on, as deep as it goes; « {{- » and « -}} » trim.
"""

import re
import shlex

ACTION = re.compile(r"\{\{(-\s)?\s*(.*?)\s*(\s-)?\}\}", re.DOTALL)


def tokens(text):
    """("text", ...) and ("do", ...), in order."""
    found, at, trim = [], 0, False
    for action in ACTION.finditer(text):
        before = text[at : action.start()]
        before = before.lstrip() if trim else before
        found += [("text", before.rstrip() if action[1] else before), ("do", action[2])]
        at, trim = action.end(), bool(action[3])
    return [*found, ("text", text[at:].lstrip() if trim else text[at:])]


def parse(parts, ends=("end",)):
    """Nested nodes up to one of `ends`; gives (nodes, how it ended)."""
    nodes = []
    while parts:
        kind, value = parts.pop(0)
        word = value.split(" ")[0] if kind == "do" else ""
        if kind == "do" and word in ("end", "else"):
            return nodes, value
        if word == "range":
            body, _ = parse(parts)
            nodes.append(("range", value[6:], body))
        elif word == "if":
            nodes.append(branches(parts, value[3:]))
        else:
            nodes.append((kind, value))
    return nodes, "end"


def branches(parts, condition):
    then, ending = parse(parts)
    if ending == "end":
        return ("if", condition, then, [])
    if ending == "else":
        return ("if", condition, then, parse(parts)[0])
    return ("if", condition, then, [branches(parts, ending[len("else if ") :])])


def value_of(written, dot, names):
    if written.startswith("$"):
        return names[written]
    if written.startswith("."):
        return dot.get(written[1:], "")
    return written


def truth(condition, dot, names):
    if condition.startswith("eq "):
        one, other = shlex.split(condition[3:])
        return value_of(one, dot, names) == value_of(other, dot, names)
    return bool(value_of(condition, dot, names))


def write(nodes, dot, names):
    out = ""
    for node in nodes:
        if node[0] == "text":
            out += node[1]
        elif node[0] == "range":
            out += "".join(write(node[2], each, names) for each in value_of(node[1], dot, names))
        elif node[0] == "if":
            out += write(node[2] if truth(node[1], dot, names) else node[3], dot, names)
        elif assigned := re.fullmatch(r"(\$\w+) :?= (.*)", node[1]):
            names[assigned[1]] = value_of(assigned[2].strip('"'), dot, names)
        else:
            out += value_of(node[1], dot, names)
    return out


def render(text, data):
    nodes, _ = parse(tokens(text))
    return write(nodes, data, {})
