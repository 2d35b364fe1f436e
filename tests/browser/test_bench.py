"""The benchmark of the widget, in small: it still measures what it says."""

from concurrent.futures import ThreadPoolExecutor

from bench import widget


def milliseconds(figure: str) -> float:
    """The median of "median (95th percentile)"."""
    return float(figure.split()[0])


def test_widget_is_measured() -> None:
    # A thread of its own: this one's loop belongs to the browser of the other tests.
    with ThreadPoolExecutor(1) as alone:
        figures = alone.submit(widget.measure, presses=6, turns=2, uncounted=2, idle=0.5).result()
    found = {what: figure for what, (figure, _) in figures.items()}
    sent, plain = (int(found[name].replace(",", "")) for name in ("script as sent, bytes", "script, bytes"))
    assert 0 < sent < plain
    assert found["requests past the userscript manager"] == "0"
    painted = milliseconds(found["press to painted panel, ms: median (95th percentile)"])
    changed = milliseconds(found["- until the panel has its new text"])
    assert 0 < changed < painted
    acknowledged = milliseconds(found["press to acknowledged, ms: median (95th percentile)"])
    assert 0 < milliseconds(found["- until it is sent"]) < acknowledged
    assert 0 <= float(found["- the page alone"]) < 100
