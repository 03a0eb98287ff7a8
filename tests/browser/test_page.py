"""The page of a report in a real browser. Needs Playwright, and Chromium on the machine (`ci/machine` installs it)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from conformance import page as pages

PHONE = {"width": 360, "height": 740}
EVIL = '</script><img src="http://127.0.0.1:9/x">'
CONTRAST = """() => {
  const channels = text => text.match(/[\\d.]+/g).slice(0, 4).map(Number);
  const linear = x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4;
  const light = c => { const v = c.slice(0, 3).map(x => linear(x / 255));
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const behind = e => { for (; e; e = e.parentElement) { const c = channels(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const ink = e => channels(getComputedStyle(e).color);
  const ratio = e => { const [a, b] = [light(ink(e)), light(behind(e))].sort((x, y) => y - x);
    return (a + .05) / (b + .05); };
  return Math.min(...[...document.querySelectorAll(".mark, .cell, .more, p, .sentence, th, td, label")].map(ratio));
}"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "no Chromium; run ci/machine, or install the package chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


def row(behaviour: str, case: str, backend: str, verdict: str, detail: str = "", entry: str = "") -> dict[str, Any]:
    """One row of verdicts.jsonl."""
    told = {"behaviour": behaviour, "case": case, "backend": backend, "verdict": verdict, "detail": detail}
    return {**told, "entry": entry, "requests": {"read": 1}, "seconds": 0.5}


def write(directory: Path, rows: list[dict[str, Any]]) -> Path:
    """A report of these rows on fourteen backends."""
    directory.mkdir()
    known = {"server": "Server 1.0", "runs_as": "process", "scheme": "s3", "capabilities": ["write"], "failure": ""}
    backends = [f"backend-{number}" for number in range(14)]
    facts = {
        "subject": "noiz_storage",
        "seed": 7,
        "when": "2026-01-02T03:04:05+00:00",
        "ledger": {"known": {"why": "The server forgets.", "source": "docs/findings/x.py"}},
        "backends": {name: {**known, "command": f"pytest --backend={name} --seed=7"} for name in backends},
        "behaviours": {
            name: {
                "sentence": f"Sentence of {name}.",
                "needs": [],
                "sources": ["B1.1"],
                "node": f"test_{name}.py::test_it",
            }
            for name in dict.fromkeys(each["behaviour"] for each in rows)
        },
    }
    (directory / pages.FACTS).write_text(json.dumps(facts))
    (directory / pages.ROWS).write_text("".join(json.dumps(each) + "\n" for each in rows))
    return directory


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page with every verdict and a comparison."""
    passing = [row(f"area-{n % 9}.words-{n}", "", f"backend-{b}", "pass") for n in range(60) for b in range(14)]
    told = [
        row("read.whole", "a b", "backend-0", "fail", EVIL),
        row("read.whole", "c", "backend-0", "pass"),
        row("read.whole", "", "backend-1", "deviates", "OSError: no", "known"),
        row("read.whole", "", "backend-2", "not-applicable", "lacks write"),
        row("read.whole", "", "backend-3", "error", "hangs"),
    ]
    top = tmp_path_factory.mktemp("reports")
    before = write(top / "before", [*passing, *(dict(each, verdict="pass", entry="") for each in told)])
    after = write(top / "after", [*passing, *told])
    pages.write_page(after, before)
    return (after / pages.PAGE).as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page, opened; a script that fails or asks for anything else is a failure."""
    context = browser.new_context()
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("request", lambda request: request.url == address or troubles.append(request.url))
    opened.goto(address)
    yield opened
    context.close()
    assert troubles == []


def test_matrix_shows_every_behaviour_once(page: Page) -> None:
    """Each behaviour has a row, each backend a column."""
    assert page.locator("#matrix tbody tr:not(.area)").count() == 61
    assert page.locator("#matrix thead th").count() == 15


def test_verdicts_are_told_by_sign_and_word(page: Page) -> None:
    """Colour is not the only difference between verdicts."""
    page.fill("input[name=words]", "read.whole")
    fields = page.locator("#matrix .cell")
    assert [text.split()[0] for text in fields.all_inner_texts()] == ["✗", "≠", "\u2013", "!"]
    assert fields.first.get_attribute("aria-label") == "read.whole on backend-0: fail, 1 of 2 cases pass"


@pytest.mark.parametrize(
    ("name", "value", "rows"), [("area", "area-3", 7), ("verdict", "fail", 1), ("backend", "backend-4", 61)]
)
def test_filter_narrows_and_can_be_linked(page: Page, address: str, name: str, value: str, rows: int) -> None:
    """A filter leaves what fits, says how much that is, and stands in the address."""
    page.select_option(f"select[name={name}]", value)
    assert page.locator("#matrix tbody tr:not(.area)").count() == rows
    assert page.locator("#shown").inner_text().startswith(str(rows))
    assert page.url == f"{address}#{name}={value}"
    page.reload()
    assert page.locator("#matrix tbody tr:not(.area)").count() == rows


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    """A behaviour is opened, read and closed without a mouse, and the focus returns."""
    page.fill("input[name=words]", "read.whole")
    page.locator("#matrix .more").first.focus()
    page.keyboard.press("Enter")
    detail = page.locator("#detail")
    assert detail.is_visible()
    assert "pytest --backend=backend-0 --seed=7 'test_read.whole.py::test_it[a b-backend-0]'" in detail.inner_text()
    assert "The server forgets. (docs/findings/x.py)" in detail.inner_text()
    assert EVIL in detail.inner_text()
    page.keyboard.press("Escape")
    assert not detail.is_visible()
    assert page.evaluate("document.activeElement.textContent") == "read.whole"


def test_comparison_tells_what_got_worse(page: Page) -> None:
    """What is worse than in the other report stands open at the top."""
    told = page.locator("details.worse")
    assert told.get_attribute("open") is not None
    assert told.locator("li").count() == 4
    assert "read.whole[a b] on backend-0" in told.inner_text()


def test_phone_scrolls_tables_not_the_page(browser: Browser, address: str) -> None:
    """On a narrow screen nothing sticks out of the page."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_can_be_read(browser: Browser, address: str, scheme: Any) -> None:
    """Every text stands out from its ground by 4.5 to 1 (WCAG 2.1, AA), by day and by night."""
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    assert page.evaluate(CONTRAST) >= 4.5
    context.close()
