"""The userscript written smaller: without comments, air, and marks that nobody needs. All names stay.

rjsmin takes out comments and air. Each rule after it relies on how our parts are written (every statement ends with its
semicolon, no string looks like code): this is no minifier for scripts of others.
"""

import re

from rjsmin import jsmin

# A value stands in brackets for the sake of its JSDoc type.
_CAST = re.compile(r'/\*\* @type \{[^*]*\} \*/ \(([\w.]+|"\w+")\)(?! *=>)')
_LINE_AFTER_BLOCK = re.compile(r"(?<=\})\n(?=\w)")
# A lone parameter of an arrow stands in brackets for the sake of its JSDoc type; `async(x)=>` needs them.
_LONE_PARAMETER = re.compile(r"(?<![\w$)\]])\((\w+)\)(?==>)")
# Declarations that hold no statement, one right after another, and the one that follows, whatever it holds.
_DECLARED = r"(?: \w+|\[[\w,]+\]|\{[\w,:]+\})(?:=(?:[^;{}]|\{[^;{}]*\})+)?"
_DECLARATIONS = re.compile(rf"\b((const|let){_DECLARED}(?:;\2{_DECLARED})*);\2 ?(?=[\w\[{{])")
# The last mark of a block, a rule or an object (`{2,}` in an expression repeats).
_LAST_MARK = re.compile(r"(?:;|(?<!\d),)(?=\})")
_AIR_IN_NUMBERS = re.compile(r"(?<=\d)_(?=\d{3}\b)")
_RULES = re.compile(r"(?<=_CSS=`)[^`]*")
_AIR_IN_RULES = re.compile(r"\s*([{};,])\s+|(?<=\w:) | (?=!important)|(?<=[ :,])0(?=\.\d)")


def small_script(source: str) -> str:
    """The same script; rules of style in it stand in a template of the name `..._CSS`."""
    small = _LINE_AFTER_BLOCK.sub("", jsmin(_CAST.sub(r"\1", source)))
    small = _RULES.sub(lambda rules: _AIR_IN_RULES.sub(r"\1", rules[0]), small)
    small = _DECLARATIONS.sub(_in_one, _LONE_PARAMETER.sub(r"\1", small))
    return _AIR_IN_NUMBERS.sub("", _LAST_MARK.sub("", small))


def _in_one(declarations: re.Match[str]) -> str:
    together, word = declarations.groups()
    return re.sub(rf";{word}\b ?", ",", together) + ","
