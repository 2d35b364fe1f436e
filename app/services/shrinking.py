"""The userscript written smaller: without comments, air, and marks that nobody needs. All names but of numbers stay.

rjsmin takes out comments and air. Each rule after it relies on how our parts are written (every statement ends with its
semicolon, no string looks like code): this is no minifier for scripts of others.
"""

import re

from rjsmin import jsmin

_NUMBER = re.compile(r"^const ([A-Z][A-Z_]+) = ([\d._]+);\n", re.MULTILINE)
# Only functions of a part itself, which begin at the margin. They are not there before their line any more: parts stand
# in such an order that nothing is called earlier.
_RETURNING = re.compile(
    r"^function (\w+)\(([^()]*)\) \{\n  return (?!\{)((?:[^;{}]|\{[^;{}]*\})+);\n\}$", re.MULTILINE
)
# A value stands in brackets for the sake of its JSDoc type.
_CAST = re.compile(r'/\*\* @type \{[^*]*\} \*/ \(([\w.]+|"\w+")\)(?! *=>)')
_LINE_AFTER_BLOCK = re.compile(r"(?<=\})\n(?=\w)")
# A lone parameter of an arrow stands in brackets for the sake of its JSDoc type; without them `async x` needs a space.
_LONE_PARAMETER = re.compile(r"(?<![\w$)\]])\((\w+)\)(?==>)")
# That nothing is assigned again is for readers and `tsc`.
_CONSTANT = re.compile(r"\bconst(?=[ \[{])")
# Declarations that hold no statement, one right after another, and the one that follows, whatever it holds.
_DECLARED = r"(?: \w+|\[[\w,]+\]|\{[\w,:]+\})(?:=(?:[^;{}]|\{[^;{}]*\})+)?"
_DECLARATIONS = re.compile(rf"\b(let{_DECLARED}(?:;let{_DECLARED})*);let ?(?=[\w\[{{])")
# The last mark of a block, a rule or an object (`{2,}` in an expression repeats).
_LAST_MARK = re.compile(r"(?:;|(?<!\d),)(?=\})")
# A statement that is a call: `void` tells readers and `tsc` that nobody waits for it.
_UNAWAITED = re.compile(r"(?<=[;{})])void ")
_TRUTH = re.compile(r"(?:(?<=return) |(?<=[=:,?(&|>]))(true|false)(?=[;:,)}])")
# Compared with a word or a number: what is equal to it is so without a look at the type (`tsc` has looked).
_SAME = re.compile(r'(?<=[!=]=)=(?="[A-Za-z]|[1-9])')
# But for those in strings.
_THOUSANDS = re.compile(r'"[^"\n]*"|(?<![\w.])([1-9]\d*)_?000\b')
# In a template, where rjsmin leaves all as it stands.
_EXPRESSION = re.compile(r"(?<=\$\{)[^{}`'\"]+(?=\})")
_AIR = re.compile(r" (?=\W)|(?<=\W) ")
_RULES = re.compile(r"(?<=_CSS=`)[^`]*")
_AIR_IN_RULES = re.compile(r"\s*([{};,])\s+|(?<=\w:) | (?=!important)|(?<=[ :,])0(?=\.\d)")


def small_script(source: str) -> str:
    """The same script; rules of style in it stand in a template of the name `..._CSS`."""
    short = _RETURNING.sub(r"const \1 = (\2) => \3;", _CAST.sub(r"\1", _with_numbers(source)))
    small = _LINE_AFTER_BLOCK.sub("", jsmin(short))
    small = _RULES.sub(lambda rules: _AIR_IN_RULES.sub(r"\1", rules[0]), small)
    small = _CONSTANT.sub("let", _LONE_PARAMETER.sub(r"\1", small))
    small = _DECLARATIONS.sub(_in_one, small)
    small = _LAST_MARK.sub("", _UNAWAITED.sub("", small))
    small = _TRUTH.sub(lambda truth: "!0" if truth[1] == "true" else "!1", small)
    small = _EXPRESSION.sub(lambda expression: _AIR.sub("", expression[0]), _SAME.sub("", small))
    return _THOUSANDS.sub(lambda found: f"{found[1]}e3" if found[1] else found[0], small)


def _with_numbers(source: str) -> str:
    numbers = dict(_NUMBER.findall(source))
    return re.sub(r"\b[A-Z][A-Z_]+\b", lambda name: numbers.get(name[0], name[0]), _NUMBER.sub("", source))


def _in_one(declarations: re.Match[str]) -> str:
    return re.sub(r";let\b ?", ",", declarations[1]) + ","
