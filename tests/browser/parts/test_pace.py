"""The widget's pace is the core's, by the table that the core is held against as well."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

TABLE = Path(__file__).parents[2] / "widget" / "pace_cases.json"
PACES = json.loads(TABLE.read_text(encoding="utf-8"))


def test_pace_agrees_with_the_core_in_every_case(page: Page) -> None:
    drawn = page.evaluate(
        """async ({ paces, spans }) => {
          const { mmss, paceOf } = await import("/pace.js");
          const pace = ({ active, target, count }) => paceOf(active * 1000, target * 1000, count);
          return {
            paces: paces.map(pace).map(({ label, emoji, ratio }) => [label, emoji, ratio]),
            spans: spans.map(({ seconds, per }) => mmss(seconds * 1000, per)),
          };
        }""",
        PACES,
    )
    ratios = [pace.pop(2) for pace in drawn["paces"]]
    assert ratios == pytest.approx([case["pace"][2] for case in PACES["paces"]], abs=2e-8)
    assert drawn["paces"] == [case["pace"][:2] for case in PACES["paces"]]
    assert drawn["spans"] == _column(PACES["spans"], "text")


def _column(cases: list[dict[str, Any]], key: str) -> list[Any]:
    return [case[key] for case in cases]


def test_pace_of_what_this_browser_cannot_know(call: Callable[..., Any]) -> None:
    unknown = {"label": "not known yet", "emoji": "❔", "ratio": 0}
    unclear = [(None, 60_000, 1), (1000, None, 1), (1000, 0, 1), (-60_000, -330_000, -1)]
    assert [call("pace.paceOf", *sums) for sums in unclear] == [unknown] * 4
    assert call("pace.paceOf", None, None, 0)["label"] == "No questions"


@pytest.mark.parametrize(
    ("active", "zone", "text"),
    [
        (0, "early", "05:00 left · fast if submitted now"),
        (999, "early", "05:00 left · fast if submitted now"),
        (269_999.999, "early", "00:31 left · fast if submitted now"),
        (270_000, "band", "00:30 left · on target"),
        (300_000, "band", "00:00 left · on target"),
        (300_999, "band", "00:00 left · on target"),
        (301_000, "band", "00:01 over · on target"),
        (329_999.999, "band", "00:29 over · on target"),
        (330_000, "late", "00:30 over · too slow"),
        (4_000_000, "late", "1:01:40 over · too slow"),
    ],
)
def test_band_turns_at_both_edges(call: Callable[..., Any], active: float, zone: str, text: str) -> None:
    band = call("pace.bandOf", active, 300_000)
    assert (band["zone"], band["leftMs"]) == (zone, 300_000 - active)
    assert band["ratio"] == pytest.approx(active / 300_000)
    assert call("pace.bandText", band) == text
