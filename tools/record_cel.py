"""Write the results of Google's implementation of CEL for random expressions, as a reference for ours.

    pip install cel-expr-python==0.1.3
    python -m tools.record_cel

The package has no wheel for Python 3.10 and for Alpine, so it is no dependency, not even for the tests. Each line of
the file has a result and an expression: `true`, `false`, `value` for a value of another type, `error` for an error of
the evaluation, and `syntax` for a syntax error.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

FILE = Path("tests/common/cel_reference.tsv")
COUNT = 1500
TIME = "2026-03-29T01:30:00.123456Z"
REQUEST = {"ip": "203.0.113.7", "user_agent": "scw/2.1 (linux)"}
RESOURCE = {"id": "abc", "name": "/billing/x", "locality": "global"}

TEXTS = [
    "request.ip",
    "request.user_agent",
    "resource.id",
    "resource.name",
    "resource.locality",
    "'203.0.113.7'",
    "'abc'",
    "''",
    "'a'",
    "'/billing/x'",
    "'é'",
    "string(1)",
    "resource.nope",
    "'1h'",
    "'7'",
    "request.ip + 'a'",
    "string(request.time)",
]
INTEGERS = [
    "1",
    "0",
    "-1",
    "2",
    "7",
    "-7",
    "9223372036854775807",
    "-9223372036854775808",
    "request.time.getHours()",
    "request.time.getHours('Europe/Paris')",
    "request.time.getDayOfWeek('America/New_York')",
    "request.time.getDayOfYear()",
    "request.time.getMonth()",
    "request.time.getDayOfMonth('+09:00')",
    "request.time.getDate('-05:30')",
    "request.time.getMinutes('Asia/Kathmandu')",
    "request.time.getFullYear('Pacific/Auckland')",
    "request.time.getMilliseconds()",
    "size(request.ip)",
    "int(request.time)",
    "int('7')",
    "int(2.7)",
    "int(3u)",
    "'abc'.size()",
    "duration('90m').getMinutes()",
    "duration('-90m').getHours()",
    "(request.time - timestamp('2026-01-01T00:00:00Z')).getHours()",
    "duration('-1500ms').getMilliseconds()",
    "duration('-1500ms').getSeconds()",
]
TIMES = (
    f"request.time|timestamp('{TIME}')|timestamp('2030-01-01T00:00:00+01:00')|timestamp(0)|timestamp('x')"
    "|duration('1h')|duration('1h30m')|duration('0s')|duration('-1.5s')|duration('x')|duration('')"
    "|duration('1')|duration('1.5h2ms3us')"
).split("|")
NUMBERS = [
    "1u",
    "0u",
    "2u",
    "uint(7)",
    "uint(-1)",
    "1.0",
    "0.0",
    "2.5",
    "-1.0",
    "1e3",
    "double('1.5')",
    "double(3)",
    "-0.0",
]
OTHERS = [
    "null",
    "b'a'",
    "b'\\x41'",
    "true",
    "false",
    "int",
    "string",
    "type(1)",
    "[1]",
    "[]",
    "{'a': 1}",
    "{1: 2}",
    "[1.0]",
    "{}",
    "nope",
    "request",
    "resource",
    "type(request.time)",
    "bool('true')",
    "bool('x')",
    "bytes('a')",
    "string(b'a')",
    "dyn(1)",
    "{'a': 1}.a",
    "{'a': 1}.b",
    "[1, 2][1]",
    "[1][7]",
    "[1][1.0]",
    "{1: 2}[1]",
    "{1: 2}[1.0]",
    "{1u: 2}[1]",
    "{true: 1}[1]",
    "string(1.5)",
    "string(duration('90m'))",
    "string(true)",
    "string(1u)",
    "uint('7')",
    "int('x')",
    "int(1e30)",
]
PATTERNS = [
    r"^scw",
    r"[0-9]+\.[0-9]",
    r"(",
    r"a|b",
    r"(?i)SCW",
    r"\d",
    r"linux\)$",
    r"[[]",
    r"[^)]$",
    r"x{2,}",
    r"x{,2}",
    r"(?:s)(c)",
    r"(?P<a>s)",
    r"(?=s)",
    r"(s)\1",
    r"a**",
    r"[]a]",
    r"[a-]",
    r"",
    r"\z",
    r"\Z",
    r"\bscw\b",
    r"s{1}c{1,1}w",
    r"[\d.]+",
    r"*",
    r"\S+ \W",
    r"é",
    r"\.",
    r"[z-a]",
    r"203.0.113.(7|8)$",
    r"a++",
]
POOLS = [TEXTS, TEXTS, INTEGERS, INTEGERS, TIMES, NUMBERS, OTHERS]
FIELDS = ["resource.id", "resource.nope", "request.ip", "nope.x", "request.ip.x", "{}.a"]
CONTAINERS = ["[1, 2]", "[]", "[request.ip]", "{'a': 1}", "resource", "1", "[1u, 2.0, true]"]


class Writer:
    """Writes random expressions; the depth limits their size."""

    def __init__(self) -> None:
        self._dice = Random(1)

    def _leaf(self) -> str:
        return self._dice.choice(self._dice.choice(POOLS))

    def _value(self, depth: int) -> str:
        leaf, dice = self._leaf, self._dice
        if depth <= 0 or dice.random() < 0.5:
            return leaf()
        pool = dice.choice(POOLS)
        return dice.choice(
            [
                f"({dice.choice(pool)} {dice.choice('+-*/%')} {dice.choice(pool)})",
                f"-{leaf()}",
                f"[{leaf()}, {leaf()}]",
                f"({self.test(depth - 1)} ? {self._value(depth - 1)} : {leaf()})",
                f"[{leaf()}, {leaf()}].map(x, {dice.choice(['x', 'x + 1', leaf()])})",
                f"[{leaf()}, {leaf()}].filter(x, {self.test(depth - 1)})",
                f"type({leaf()})",
            ]
        )

    def test(self, depth: int) -> str:
        """Return a random expression, mostly with a boolean value."""
        leaf, dice = self._leaf, self._dice
        if depth <= 0 or dice.random() < 0.3:
            pool = dice.choice(POOLS)
            sides = dice.choice(pool), dice.choice(pool)
            if dice.random() < 0.2:
                sides = self._value(depth - 1), self._value(depth - 1)
            return f" {dice.choice(['==', '!=', '<', '<=', '>', '>='])} ".join(sides)
        inner = self.test(depth - 1)
        macro = dice.choice(["exists", "all", "exists_one"])
        body = dice.choice([f"x == {leaf()}", f"{leaf()} == x", "x > 0", "1/x == 1", inner])
        method = dice.choice(["contains", "startsWith", "endsWith"])
        operator = dice.choice(["&&", "||"])
        return dice.choice(
            [
                f"({inner}) {operator} ({self.test(depth - 1)})",
                f"{inner} {operator} {self.test(depth - 1)}",
                f"!({inner})",
                f"{dice.choice(TEXTS)}.{method}({dice.choice([*TEXTS, '1'])})",
                f"{dice.choice(TEXTS)}.matches(r'{dice.choice(PATTERNS)}')",
                f"has({dice.choice(FIELDS)})",
                f"{leaf()} in {dice.choice(CONTAINERS)}",
                f"[{leaf()}, {leaf()}].{macro}(x, {body})",
                f"{inner} ? {self.test(depth - 1)} : {self.test(depth - 1)}",
                self._value(depth),
            ]
        )


def expressions() -> list[str]:
    """Return the expressions of the file, without repetitions."""
    writer = Writer()
    return list(dict.fromkeys(writer.test(3) for _ in range(COUNT)))


def main() -> None:
    """Evaluate the expressions with Google's implementation and write the file."""
    from cel_expr_python import cel  # noqa: PLC0415 - see above

    # A time inside of a map cannot be passed from Python, so the variables are part of the expression.
    request = json.dumps(REQUEST)[:-1] + f', "time": timestamp("{TIME}")}}'
    frame = f"[{request}].map(request, [{json.dumps(RESOURCE)}].map(resource, %s))[0][0]"
    environment = cel.NewEnv()
    lines = []
    for text in expressions():
        try:
            # Without static types: Scaleway checks the syntax only.
            program = environment.compile(frame.replace("%s", text), disable_check=True)
        except Exception:  # noqa: BLE001 - the class is not documented
            lines.append(f"syntax\t{text}")
            continue
        value = program.eval(data={})
        result = "error" if value.type() == cel.Type.ERROR else "value"
        if isinstance(value.value(), bool):
            result = str(value.value()).lower()
        lines.append(f"{result}\t{text}")
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
