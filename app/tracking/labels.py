"""Which texts may be the id or the type of a task: one rule, the same in every version of Python and in browsers.

It names its code points itself: what a Unicode database knows differs from version to version, and a text that one
side does not know yet must not cost a press. `app/widget/labels.js` has the rule for JavaScript;
`tests/unit/widget/label_cases.json` holds both.
"""

import re

LONGEST_TASK_ID = 64  # characters
LONGEST_TASK_TYPE = 40

_WHITE_SPACE = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
# Controls, surrogates, private use, and the marks that reorder the text after them. Joiners belong into words.
_REFUSED = re.compile(
    "[\0-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
    "\u202a-\u202e\u2066-\u2069]"
)


def plain_label(text: str) -> str:
    """The text with a plain space for each character of white space; `ValueError` if it may not be a label."""
    plain = _WHITE_SPACE.sub(" ", text)
    if _REFUSED.search(plain):
        raise ValueError("contains characters that cannot be printed")
    return plain
