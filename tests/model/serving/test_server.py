"""The page of `generate --serve`: over HTTP, and in Chromium."""

import http.client
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
import torch

from corpus.errors import UserError
from model.runs.checkpoint import Checkpoints
from model.runs.run_directory import load_decoder
from model.serving.models import Models
from model.serving.server import CompletionServer
from model.text.generate import Sampling, generate, open_tokenizer
from model.text.scored import Ended, score_continuation, score_prompt
from tests.helpers.browser import require_clean, start
from tests.model.export.test_huggingface import BASE, make_run

PROMPT = "봄이 오면 <s>"
CLIENT = httpx.Client(verify=False, trust_env=False)  # certificates take 0.1 s to load, for each request
SHAPE = replace(BASE, vocab_size=448)  # with rows that are no tokens


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run with two checkpoints of different weights."""
    run = make_run(tmp_path_factory.mktemp("run"), SHAPE)
    decoder = load_decoder(run)[0]
    checkpoints = Checkpoints(run / "checkpoints")
    tensors = {f"model.{name}": p.data * 1.1 for name, p in decoder.named_parameters()}
    checkpoints.save(9, tensors, {"progress": {"step": 9}})
    checkpoints.wait()
    return run


@contextmanager
def serving(models: Models, **settings):
    with CompletionServer(models, 0, "봄이 오면", replace(Sampling(tokens=24), **settings)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def server(run):
    with serving(Models([run])) as server:
        yield server


def ask(server, **wanted) -> list[dict]:
    found = CLIENT.post(f"{server.url}continue", json={"model": 0, "prompt": PROMPT} | wanted, timeout=300)
    assert found.status_code == 200, found.text
    return [json.loads(line) for line in found.text.splitlines()]


def refused(server, status=400, **given) -> str:
    found = CLIENT.post(f"{server.url}continue", **given)
    assert found.status_code == status
    return found.json()["error"]


SETTINGS = [{"temperature": 0}, {"seed": 3}, {"top_k": 4, "repetition_penalty": 1.3}, {"stop": ["a"], "tokens": 60}]


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_text_is_that_of_generate(run, server, settings):
    decoder = load_decoder(run, 9)[0]
    prompt, *tokens, end = ask(server, **settings)
    assert "".join(token["text"] for token in prompt["prompt"]) == PROMPT
    text = "".join(token["text"] for token in tokens) + end["end"]["text"]
    sampling = Sampling(**{"tokens": 128} | settings | {"stop": tuple(settings.get("stop", ()))})
    assert text == "".join(generate(decoder, run / "tokenizer", PROMPT, sampling))


def test_probabilities_are_the_models_own(run):
    """Of the prompt and of what follows, equal to one pass over the whole text, whatever the settings of sampling."""
    decoder, tokenizer = load_decoder(run, 9)[0], open_tokenizer(run / "tokenizer")
    sampling = Sampling(tokens=20, temperature=1.7, top_k=3, repetition_penalty=1.5)
    prompt = score_prompt(decoder, tokenizer, PROMPT)
    *made, end = score_continuation(decoder, tokenizer, PROMPT, sampling)
    assert isinstance(end, Ended)
    steps = [*prompt, *made]
    with torch.no_grad():
        logits = decoder(torch.tensor([[step.token for step in steps]]))[0, :, :384]
    exact = logits.double().softmax(-1)
    assert steps[0].probability is None
    for n, step in enumerate(steps[1:]):
        assert step.probability == pytest.approx(float(exact[n, step.token]), rel=1e-3)
        best = exact[n].topk(8)
        assert [token for token, _ in step.likely] == best.indices.tolist()
        assert [p for _, p in step.likely] == pytest.approx(best.values.tolist(), rel=1e-3)


def test_why_a_continuation_ended(run, server):
    assert ask(server, tokens=3)[-1]["end"]["reason"] == "tokens"
    ends = {ask(server, tokens=200, seed=seed)[-1]["end"]["reason"] for seed in range(12)}
    assert ends <= {"context", "end of document"}
    assert "context" in ends
    decoder, tokenizer = load_decoder(run, 9)[0], open_tokenizer(run / "tokenizer")
    room = decoder.config.context - len(score_prompt(decoder, tokenizer, PROMPT))
    for tokens, reason in ((room, "tokens"), (room + 1, "context")):
        sampling = Sampling(tokens=tokens, seed=2, stop=())
        *_, end = score_continuation(decoder, tokenizer._replace(ends=frozenset()), PROMPT, sampling)
        assert end.reason == reason
    text = "".join(generate(load_decoder(run, 9)[0], run / "tokenizer", PROMPT, Sampling(tokens=30, temperature=0)))
    assert ask(server, temperature=0, stop=[text[3:5]])[-1]["end"]["reason"] == "stop text"


def test_each_checkpoint_and_any_two_models(run, tmp_path, server):
    found = CLIENT.get(f"{server.url}models").json()
    assert found == {"models": [f"{run}, step 9", f"{run}, step 7"], "shown": [0]}
    one, two = (ask(server, model=model, temperature=0) for model in (0, 1))
    assert one != two
    other = make_run(tmp_path, replace(SHAPE, layers=1))
    models = Models([run, other], step=7)
    assert models.shown() == [1, 2]
    assert [choice.step for choice in models.choices] == [9, 7, 7]
    for place in (0, 1, 2, 0, 1):
        models.open(place)
        assert len(models._opened) <= 2
    for place in (0, 1, 0, 2):  # the last used is the last to go
        models.open(place)
    assert list(models._opened) == [0, 2]
    with pytest.raises(UserError, match=r"--step 8: .* has no such checkpoint. Its steps: 9, 7."):
        Models([run], step=8)
    with pytest.raises(UserError, match="neither a run"):
        Models([tmp_path / "nothing"])


def test_requests_that_make_no_sense_are_one_sentence(server):
    good = {"model": 0, "prompt": "봄"}
    assert refused(server, json=good | {"model": 5}) == "There is no model 5; there are 2."
    assert refused(server, json=good | {"model": 2}) == "There is no model 2; there are 2."
    assert refused(server, json=good | {"model": -1}) == "There is no model -1; there are 2."
    assert refused(server, json=good | {"tokens": 0}).startswith("tokens: ")
    assert refused(server, json=good | {"seed": -1}).startswith("seed: ")
    assert ask(server, seed=0, tokens=1)
    assert refused(server, json=good | {"temprature": 1}).startswith("temprature: ")
    assert "hex escape" in refused(server, content='{"model": 0, "prompt": "\\ud800"}', headers=JSON)
    assert refused(server, content="{", headers=JSON).startswith("the request: ")
    assert "application/json" in refused(server, content=json.dumps(good), headers={"Content-Type": "text/plain"})
    assert "at most 1,048,576 bytes" in refused(server, json=good | {"prompt": "가" * 400_000})
    for size, told in ((1 << 20, "the model takes 64 in all"), ((1 << 20) + 1, "at most 1,048,576 bytes")):
        content = json.dumps(good | {"prompt": ""}).encode()
        content = content.replace(b'""', b'"%s"' % (b"a" * (size - len(content))))
        assert told in refused(server, content=content, headers=JSON)
    assert "the model takes 64 in all" in refused(server, json=good | {"prompt": "봄이 오면 " * 90})
    assert CLIENT.get(f"{server.url}secret").status_code == 404


JSON = {"Content-Type": "application/json"}


def test_pages_of_other_sites_get_nothing(server):
    port = server.server_address[1]
    assert server.server_address[0] == "127.0.0.1"
    for headers in ({"Host": f"evil.example:{port}"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert CLIENT.get(server.url, headers=headers).status_code == 403
        assert "own page alone" in refused(server, 403, json={"model": 0, "prompt": "봄"}, headers=headers)
    for host in ("127.0.0.1", "localhost"):
        assert CLIENT.get(server.url, headers={"Origin": f"http://{host}:{port}"}).status_code == 200
    page = CLIENT.get(server.url.replace("127.0.0.1", "localhost"))
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "access-control-allow-origin" not in page.headers
    assert "http://" not in page.text
    assert "https://" not in page.text


def test_a_page_that_leaves_frees_the_model(run):
    with serving(Models([run])) as server:
        original, left = server.lines, threading.Event()

        def endless(wanted):
            lines = original(wanted)
            try:
                yield next(lines)
                while True:
                    yield {"text": "봄" * 1000}
            finally:
                lines.close()
                left.set()

        server.lines = endless
        connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1])
        connection.request("POST", "/continue", json.dumps({"model": 0, "prompt": "봄"}), JSON)
        connection.getresponse().read(10)
        connection.close()
        assert left.wait(120)
        server.lines = original
        ask(server, tokens=2)


def test_a_port_in_use_and_a_diverged_model(run, server, tmp_path):
    with pytest.raises(UserError, match=r"Port \d+ cannot be used .*--port"):
        CompletionServer(server.models, server.server_address[1], "", Sampling())
    models = Models([run])
    models.open(0).decoder.norm.weight.data.fill_(float("nan"))
    with serving(models) as broken:
        *_, last = ask(broken)
    assert "not finite" in last["error"]


@pytest.fixture(scope="module")
def chrome(tmp_path_factory):
    chrome = start(tmp_path_factory.mktemp("profile"))
    yield chrome
    chrome.quit()


def wait(found, seconds=120):
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.1)
    return value


def test_two_checkpoints_side_by_side_in_a_browser(chrome, run, server):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.support.ui import Select

    chrome.get(server.url)
    find = chrome.find_elements
    _, right = find("css selector", "select")
    assert [option.text for option in Select(right).options] == ["none", f"{run}, step 9", f"{run}, step 7"]
    Select(right).select_by_visible_text(f"{run}, step 7")
    for name, value in (("prompt", PROMPT), ("temperature", "0"), ("tokens", "20")):
        chrome.find_element("id", name).clear()
        chrome.find_element("id", name).send_keys(value)
    chrome.find_element("id", "go").click()
    states = find("css selector", ".state")
    wait(lambda: all("ended: " in state.text for state in states))
    for box, step, state in zip(find("css selector", ".text"), (9, 7), states, strict=True):
        made = "".join(generate(load_decoder(run, step)[0], run / "tokenizer", PROMPT, Sampling(20, 0)))
        assert box.get_property("textContent") == PROMPT + made
        assert state.text.startswith("20 tokens in ") or "end of document" in state.text
    # A token under the pointer tells its probability, that of the answer over HTTP, and the other candidates.
    lines = ask(server, model=0, temperature=0, tokens=20)[1:-1]
    groups, waiting = [], []
    for line in lines:
        waiting.append(line)
        if line["text"]:
            groups, waiting = [*groups, waiting], []
    spans = find("css selector", ".model:first-child .text .new")
    place = next(n for n, group in enumerate(groups) if len(group) == 1)
    ActionChains(chrome).move_to_element(spans[place]).perform()
    tip = chrome.find_element("id", "tip")
    assert tip.is_displayed()
    (token,) = groups[place]
    percent = f"{100 * token['p']:.1f} %" if token["p"] >= 0.0995 else None
    assert percent is None or percent in tip.text
    assert len(tip.find_elements("css selector", "tr")) == 8
    assert len(tip.find_elements("css selector", "tr.taken")) == 1  # greedy: the best
    require_clean(chrome)


def test_stop_ends_it(chrome, run):
    with serving(Models([run]), tokens=50) as server:
        release = threading.Event()
        original = server.lines

        def slow(wanted):
            for line in original(wanted):
                yield line
                release.wait(0.3)

        server.lines = slow
        chrome.get(server.url)
        chrome.find_element("id", "go").click()
        state = chrome.find_element("css selector", ".state")
        wait(lambda: "tokens …" in state.text)
        chrome.find_element("id", "halt").click()
        wait(lambda: "stopped after" in state.text)
        assert chrome.find_element("id", "go").is_enabled()
        release.set()
