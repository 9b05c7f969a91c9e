"""JupyterLab as a reader meets it: the notebook opened, run, typed into and read back, in Debian's Chromium."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

TOKEN = "only-here"
NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "explore.ipynb"
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
pytestmark = [pytest.mark.browser, pytest.mark.loopback]
pytest.importorskip("jupyterlab")
sync_api = pytest.importorskip("playwright.sync_api")


def surroundings(home: Path) -> dict[str, str]:
    """Nothing of the user's profile is read, and nothing is left there."""
    own = (
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "JUPYTERLAB_SETTINGS_DIR",
        "JUPYTERLAB_WORKSPACES_DIR",
        "IPYTHONDIR",
    )
    return {**os.environ, "HOME": str(home), **{name: str(home / name.lower()) for name in own}}  # fmt: skip


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a server of our own, which is ended again."""
    home = tmp_path_factory.mktemp("lab")
    (home / "work").mkdir()
    shutil.copy(NOTEBOOK, home / "work")
    for name, values in SETTINGS.items():
        path = home / "jupyterlab_settings_dir" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    line += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={home / 'work'}"]
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *line], env=surroundings(home), stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/api/status?token={TOKEN}", server, home / "server.log")
        yield f"http://127.0.0.1:{port}/lab/tree/explore.ipynb?token={TOKEN}"
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def wait_for(address: str, server: subprocess.Popen, log: Path, limit_s: float = 60) -> None:
    end = time.monotonic() + limit_s
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def ran(browser, lab, tmp_path_factory):
    """The notebook with all cells run, and every address that was asked for."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(60_000)
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(lab)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()  # before, cells are not run at all
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()
    try:
        page.wait_for_function(ENDED, arg=[len(code_cells()), ERRORS], timeout=60_000)
    except sync_api.TimeoutError:
        page.screenshot(path=tmp_path_factory.getbasetemp() / "stuck.png")
        pytest.fail(f"cells did not come to an end: {page.locator('.jp-InputArea-prompt').all_inner_texts()}")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    yield page
    page.close()


ERRORS = '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]'
ENDED = """([wanted, errors]) => document.querySelector(errors) || wanted ===
    [...document.querySelectorAll('.jp-InputArea-prompt')].filter(e => /^\\[\\d+\\]:$/.test(e.innerText.trim())).length"""
CHANGED = "([title, before]) => document.querySelector(`.vp-panel[aria-label='${title}'] img`).src !== before"


def code_cells() -> list[dict]:
    return [c for c in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]


def picture(page, cell: str) -> str:
    """What the chart of a panel shows."""
    return panel(page, cell).locator("img").first.get_attribute("src")


def panel(page, title: str):
    return page.locator(f'.vp-panel[aria-label="{title}"]')


def keep(page, tmp_path, locator, name: str) -> None:
    """A screenshot to look at: the cell at the top of the page, with what it shows."""
    locator.evaluate("e => (e.closest('.jp-Cell') || e).scrollIntoView({block: 'start'})")
    page.screenshot(path=tmp_path / f"{name}.png")


def test_every_cell_runs_without_an_error(ran, tmp_path):
    keep(ran, tmp_path, ran.locator(".jp-Notebook .jp-Cell").first, "top")
    assert ran.locator(ERRORS).all_inner_texts() == []
    assert ran.locator('.vp-panel [role="alert"]').all_inner_texts() == []
    assert ran.locator(".vp-panel").count() == 5


def test_a_name_is_typed_and_the_answer_read_back(ran, tmp_path):
    box = ran.get_by_label("Provider", exact=True)
    answer = panel(ran, "Is a provider on the list?").locator(".vp-answer")
    box.fill("Crest VPN")
    box.press("Enter")
    sync_api.expect(answer).to_contain_text("Crest VPN (Zettabyte)")
    assert answer.get_attribute("role") == "status"
    ran.keyboard.press("Tab")
    ran.keyboard.press("ControlOrMeta+A")
    ran.keyboard.type("2024-06-01")
    ran.keyboard.press("Enter")
    sync_api.expect(answer).to_contain_text("CANNOT TELL")
    keep(ran, tmp_path, box, "provider")
    box.fill("VPN")
    box.press("Enter")
    sync_api.expect(panel(ran, "Is a provider on the list?").locator('[role="alert"]')).to_contain_text("no distinguishing word")
    keep(ran, tmp_path, box, "refusal")


def test_the_slider_changes_the_chart(ran, tmp_path):
    title = "What happened up to a month"
    before = picture(ran, title)
    handle = ran.locator(".noUi-handle").first
    handle.focus()
    ran.keyboard.press("ArrowLeft")
    ran.wait_for_function(CHANGED, arg=[title, before])
    keep(ran, tmp_path, handle, "timeline")
    assert "No event" not in panel(ran, title).locator("img").first.get_attribute("alt")


def test_reading_and_flow_change_the_cost(ran, tmp_path):
    title = "What a surge costs under each interpretation"
    before = picture(ran, title)
    ran.get_by_label("Interpretation", exact=True).select_option("$1 per Mbps per month")
    sync_api.expect(panel(ran, title).locator(".vp-estimate strong")).to_have_text("cost: USD 1,369")
    ran.get_by_label("Extra traffic [Tbps]").fill("2")
    ran.get_by_label("Extra traffic [Tbps]").press("Tab")
    sync_api.expect(panel(ran, title).locator(".vp-estimate strong")).to_have_text("cost: USD 2,738")
    assert picture(ran, title) != before
    keep(ran, tmp_path, ran.get_by_label("Interpretation", exact=True), "cost")


def test_an_input_narrowed_changes_the_spread(ran, tmp_path):
    title = "VPN traffic that leaves caches, at wholesale prices"
    before = picture(ran, title)
    handle = ran.locator(".widget-hslider", has_text="Wholesale price").locator(".noUi-handle").first
    handle.focus()
    for _ in range(5):
        ran.keyboard.press("ArrowRight")
    ran.wait_for_function(CHANGED, arg=[title, before])
    keep(ran, tmp_path, handle, "bypass")


def test_a_disruption_shows_every_method(ran, tmp_path):
    methods = panel(ran, "What a disruption costs").locator("tbody th")
    count = methods.count()
    ran.get_by_label("Country").select_option("Egypt, Arab Rep.")
    ran.get_by_label("From", exact=True).fill("2011-01-28")
    ran.get_by_label("From", exact=True).press("Enter")
    sync_api.expect(panel(ran, "What a disruption costs").locator("caption")).to_contain_text("from 2011-01-28")
    assert methods.count() >= count - 4 > 5
    assert "NetBlocks COST" in methods.all_inner_texts()
    keep(ran, tmp_path, ran.get_by_label("Country"), "disruption")


def test_nothing_is_fetched_from_elsewhere(ran):
    assert [u for u in ran.asked if not u.startswith(("http://127.0.0.1:", "data:", "blob:"))] == []
