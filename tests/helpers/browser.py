"""Pages in a real browser, on a phone and on a wide screen, light and dark, and what axe-core says about them.

axe-core is not a Python package: `npm install axe-core` anywhere, and HANJI_AXE=…/node_modules/axe-core/axe.min.js.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
SCREENS = [(width, scheme) for width in (390, 1400) for scheme in ("light", "dark")]
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")


def start(profile: Path) -> Any:
    """Chromium with nothing open; skips where it or its driver is not installed. The caller quits it."""
    driver = shutil.which("chromedriver")
    if CHROMIUM is None or driver is None:
        pytest.skip("needs Chromium and its driver (apt-get install chromium chromium-driver)")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in [*FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options, webdriver.ChromeService(driver))
    chrome.set_script_timeout(300)  # axe-core on a busy machine
    return chrome


def screens(chrome: Any) -> Iterator[str]:
    """The open page on each screen in turn: "390 px, light" and so on."""
    for width, scheme in SCREENS:
        size = {"width": width, "height": 900, "screenWidth": width, "screenHeight": 900, "deviceScaleFactor": 1}
        size["mobile"] = width < 600
        chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        yield f"{width} px, {scheme}"


def too_wide(chrome: Any) -> list[str]:
    """The elements that reach beyond the right end of the screen, if the page scrolls sideways; `innerWidth` grows with
    such a page on a phone, so the screen's own width counts."""
    return chrome.execute_script(
        "const wide = screen.width; if (document.documentElement.scrollWidth <= wide) return [];"
        "return [...document.querySelectorAll('body *')]"
        ".filter(e => !e.parentElement.closest('.scroll, pre') && e.getBoundingClientRect().right > wide + 1)"
        ".map(e => e.outerHTML.slice(0, 90)).slice(0, 5)"
    )


def axe_violations(chrome: Any) -> list[str]:
    """What axe-core finds wrong with the open page, a line each; skips where it is not installed."""
    axe = Path(os.environ.get("HANJI_AXE", "node_modules/axe-core/axe.min.js"))
    if not axe.is_file():
        pytest.skip("needs axe-core (npm install axe-core) and its path in HANJI_AXE")
    chrome.execute_script(axe.read_text(encoding="utf-8"))
    found = chrome.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document).then(r => done(r.violations), e => done([{id: String(e), nodes: []}]))"
    )
    return [
        f"{each['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for each in found
        for node in each["nodes"] or [{"html": ""}]
    ]


def require_clean(chrome: Any, url: str = "") -> None:
    """Assert that a page (the open one by default) has no violations, no errors in the console, and fits each
    screen."""
    if url:
        chrome.get(url)
    for screen in screens(chrome):
        assert too_wide(chrome) == [], screen
        assert axe_violations(chrome) == [], screen
    assert [entry["message"] for entry in chrome.get_log("browser") if entry["level"] == "SEVERE"] == []


def check_page(page: Path, profile: Path) -> None:
    """`require_clean` for a page in a browser of its own."""
    chrome = start(profile)
    try:
        require_clean(chrome, page.as_uri())
    finally:
        chrome.quit()
