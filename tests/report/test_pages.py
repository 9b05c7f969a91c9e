"""Reports and their index in a real browser: accessible, dark and light, and without a request to anywhere."""

from pathlib import Path

import pytest

import vpnpolicy as vp
from vpnpolicy.report.plan import plan_reports
from vpnpolicy.report.run import Settings, run_jobs

pytestmark = pytest.mark.browser
FORMATS = ("html", "png")
BROKEN_WORDS = """() => {
  const broken = [], range = document.createRange();
  for (const cell of document.querySelectorAll(".vp-table th, .vp-table td")) {
    const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) for (const word of walk.currentNode.data.matchAll(/[^\\s/-]+/g)) {
      range.setStart(walk.currentNode, word.index);
      range.setEnd(walk.currentNode, word.index + word[0].length);
      if (new Set([...range.getClientRects()].filter((r) => r.width > 1).map((r) => Math.round(r.top))).size > 1) broken.push(word[0]);
    }
  }
  return broken;
}"""
each = pytest.mark.parametrize("name", [*vp.list_notebooks(), "index"])
schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Every report and their index, made once."""
    jobs = plan_reports(vp.list_notebooks(), formats=FORMATS)
    batch = run_jobs(jobs, tmp_path_factory.mktemp("pages") / "out", Settings(parallel=2))
    assert batch.failed == []
    return batch.folder


@pytest.fixture
def opened(browser, made):
    """Open a report by name; at the end no page may have made a request or reported an error."""
    sheets = []

    def call(name: str, **how):
        path = made / "index.html" if name == "index" else made / name / "report.html"
        sheet = browser.new_page(**how)
        sheet.requests, sheet.errors = [], []
        sheet.on("request", lambda r: sheet.requests.append(r.url))
        sheet.on("pageerror", lambda e: sheet.errors.append(str(e)))
        sheet.on("console", lambda m: sheet.errors.append(m.text) if m.type in ("error", "warning") else None)
        sheet.goto(path.as_uri())
        sheets.append(sheet)
        return sheet

    yield call
    for sheet in sheets:
        assert [u for u in sheet.requests if not u.startswith((made.as_uri(), "data:"))] == []
        assert sheet.errors == []
        sheet.close()


def until(sheet, true: str) -> bool:
    """Return whether something comes true within five seconds."""
    return any(sheet.evaluate(true) or sheet.wait_for_timeout(50) for _ in range(100))


@each
@schemes
def test_axe_finds_nothing_serious(opened, name, scheme):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(opened(name, color_scheme=scheme)).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:300]) for v in found if v["impact"] in ("serious", "critical")] == []


@each
@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_it_fits_the_width(opened, name, width):
    sheet = opened(name, viewport={"width": width, "height": 800})
    assert sheet.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("name", vp.list_notebooks())
@pytest.mark.parametrize("width", [1280, 390])
def test_no_word_of_a_table_is_broken(opened, name, width):
    assert opened(name, viewport={"width": width, "height": 800}).evaluate(BROKEN_WORDS) == []


@pytest.mark.parametrize("name", vp.list_notebooks())
def test_charts_are_shown_and_dark_where_the_page_is(opened, name):
    light, dark = (opened(name, color_scheme=s) for s in ("light", "dark"))
    shown = "[...document.querySelectorAll('figure img')].map((i) => i.complete && i.naturalWidth > 100 && i.clientHeight > 50)"
    assert all(light.evaluate(shown))
    background = "getComputedStyle(document.documentElement).backgroundColor"
    assert light.evaluate(background) == "rgb(255, 255, 255)"
    assert dark.evaluate(background) == "rgb(20, 20, 20)"
    filters = "[...document.querySelectorAll('figure img')].map((i) => getComputedStyle(i).filter.startsWith('invert'))"
    assert not any(light.evaluate(filters))
    assert all(dark.evaluate(filters))


def test_every_figure_and_table_can_be_saved_from_the_page_alone(opened, made):
    sheet = opened("04_bandwidth_cost")
    saved = {}
    for link in sheet.locator("a[download]").all():
        with sheet.expect_download() as waiting:
            link.click()
        saved[waiting.value.suggested_filename.removeprefix("04_bandwidth_cost-")] = Path(waiting.value.path()).read_bytes()
    files = [*made.glob("04_bandwidth_cost/figures/*"), *made.glob("04_bandwidth_cost/tables/*")]
    assert saved == {f.name: f.read_bytes() for f in files}
    assert {f.suffix for f in files} == {".svg", ".png", ".csv"}


def test_references_lead_to_their_source_and_contents_to_their_part(opened):
    sheet = opened("00_brief")
    sheet.locator(".vp-refs a").first.click()
    assert sheet.evaluate("document.querySelector(':target').matches('.sources li')")
    for address in sheet.evaluate("[...document.querySelectorAll('a[href^=\"#\"]')].map((a) => a.hash.slice(1))"):
        assert sheet.evaluate("(id) => !!document.getElementById(id)", address), address


def test_the_skip_link_and_wide_parts_can_be_reached_by_keyboard(opened):
    sheet = opened("04_bandwidth_cost", viewport={"width": 320, "height": 800})
    sheet.keyboard.press("Tab")
    assert sheet.evaluate("document.activeElement.className") == "skip"
    wide = "[...document.querySelectorAll('.scroll, .plate')].find((part) => part.scrollWidth > part.clientWidth)"
    sheet.evaluate(f"{wide}.focus()")
    sheet.keyboard.press("ArrowRight")
    assert until(sheet, "document.activeElement.scrollLeft > 0")


def test_the_index_sorts_by_keyboard(opened):
    sheet = opened("index")
    names = "[...document.querySelectorAll('.sortable tbody th')].map((h) => h.textContent)"
    before = sheet.evaluate(names)
    sheet.locator(".sortable th button").first.focus()
    sheet.keyboard.press("Enter")
    assert sheet.evaluate(names) == sorted(before)
    assert sheet.locator(".sortable th").first.get_attribute("aria-sort") == "ascending"
    sheet.keyboard.press("Space")
    assert sheet.evaluate(names) == sorted(before, reverse=True)
    assert sheet.locator(".sortable th").first.get_attribute("aria-sort") == "descending"


def test_thumbnails_of_the_index_load_from_the_folder(opened, made):
    sheet = opened("index", viewport={"width": 1280, "height": 4000})
    assert until(sheet, "[...document.querySelectorAll('.multiples img')].every((i) => i.complete && i.naturalWidth)")
    count = sum(any(made.glob(f"{name}/figures/*")) for name in vp.list_notebooks())
    assert sheet.locator(".multiples img").count() == count > 5


def test_links_of_the_index_lead_to_files(opened, made):
    for address in opened("index").evaluate("[...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))"):
        assert (made / address).is_file(), address
