"""`tinyml serve`: the pages of a folder, and nothing else, for browsers of this machine, and no others."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest

from scons_tinyml.cli.main import main
from scons_tinyml.cli.serving import folder as served
from scons_tinyml.cli.serving.server import PageServer
from scons_tinyml.stages import command

PAGE = "<!doctype html>\n<html lang='en'><title>{}</title><p>{}</p></html>\n"
REPORT = "stm32l1/cats/report.html"
SECRET = "secret of another folder"
STRUCTURE = Path(__file__).parents[1] / "page" / "structure.js"


def written(path: Path, title: str, text: str = "figures") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PAGE.format(title, text))
    return path


@pytest.fixture(scope="module")
def build(tmp_path_factory) -> Path:
    """A folder of results with two pages, a file of firmware, and ways out of it."""
    top = tmp_path_factory.mktemp("serve")
    build = top / "build"
    written(build / REPORT, "cats on stm32l1: pass")
    written(build / "stm32l4" / "r\u00e9sum\u00e9 #1" / "report.html", "a &lt;b&gt; &amp; c")
    (build / "stm32l1" / "cats" / "report.json").write_text('{"verdict": "pass"}')
    (build / "stm32l1" / "cats" / "cats.elf").write_text(SECRET)
    outside = written(top / "outside" / "secret.html", "secret", SECRET)
    (build / "link.html").symlink_to(outside)
    (build / "inside.html").symlink_to(build / REPORT)
    (build / "folder").symlink_to(outside.parent)
    (build / "folder.html").mkdir()
    os.mkfifo(build / "pipe.html")
    return build


@pytest.fixture(scope="module")
def server(build):
    with PageServer(build) as found:
        thread = Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def ask(server, target, method="GET", hosts=None):
    """Return status, headers and text of the answer; `hosts` are the values of the headers Host."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.putrequest(method, target, skip_host=True)
        for host in [f"127.0.0.1:{server.port}"] if hosts is None else hosts:
            connection.putheader("Host", host)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def test_pages_are_listed_with_their_titles_and_sent(build, server):
    status, headers, text = ask(server, "/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f'<a href="/{REPORT}">cats on stm32l1: pass</a>' in text
    assert '<a href="/stm32l4/r%C3%A9sum%C3%A9%20%231/report.html">a &lt;b&gt; &amp; c</a>' in text
    assert text.count("<a ") == 2
    assert SECRET not in text
    assert ask(server, f"/{REPORT}")[2] == (build / REPORT).read_text()
    assert ask(server, "/stm32l4/r%C3%A9sum%C3%A9%20%231/report.html?x")[0] == 200
    status, headers, text = ask(server, "/stm32l1/cats/report.json")
    assert (status, headers["Content-Type"], text) == (200, "application/json", '{"verdict": "pass"}')


@pytest.mark.parametrize(
    "target",
    [
        *("/link.html", "/inside.html", "/folder/secret.html", "/folder.html", "/pipe.html", "/missing.html"),
        *("/../outside/secret.html", "/stm32l1/../../outside/secret.html", "/%2e%2e/outside/secret.html"),
        *("/..%2foutside%2fsecret.html", "/./stm32l1/cats/report.html", "//etc/x.html", "/stm32l1//cats/report.html"),
        *("/stm32l1/cats/cats.elf", "/stm32l1/cats/", "/stm32l1", "/%00.html", f"http://other/{REPORT}", "*"),
        "/stm32l1/cats/report.html/x.html",
    ],
)  # fmt: skip
def test_nothing_else_is_sent(server, target):
    status, _, text = ask(server, target)
    assert status == 404
    assert SECRET not in text
    assert "figures" not in text


def test_an_absolute_path_is_below_the_folder(build, server):
    assert ask(server, f"/{build.parent}/outside/secret.html")[0] == 404


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        (["127.0.0.1:{}"], 200),
        (["localhost:{}"], 200),
        (["attacker.example:{}"], 421),
        (["127.0.0.1:{}.attacker.example"], 421),
        (["127.0.0.1"], 421),
        ([], 421),
        (["127.0.0.1:{}", "attacker.example"], 421),
        (["attacker.example", "127.0.0.1:{}"], 421),
    ],
)
def test_other_names_that_lead_here_are_refused(server, hosts, status):
    found, _, text = ask(server, f"/{REPORT}", hosts=[host.format(server.port) for host in hosts])
    assert found == status
    assert ("figures" in text) == (status == 200)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_can_be_changed(build, server, method):
    before = (build / REPORT).read_bytes()
    assert ask(server, f"/{REPORT}", method)[0] == 501
    assert (build / REPORT).read_bytes() == before


def test_head_has_no_content(build, server):
    status, headers, text = ask(server, f"/{REPORT}", "HEAD")
    assert (status, int(headers["Content-Length"]), text) == (200, (build / REPORT).stat().st_size, "")


@pytest.mark.parametrize("target", ["/", f"/{REPORT}", "/missing.html"])
def test_answers_load_and_send_nothing(server, target):
    _, headers, _ = ask(server, target)
    policies = headers.get_all("Content-Security-Policy")
    assert any("default-src 'none'" in one and "frame-ancestors 'none'" in one for one in policies)
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers


def test_only_this_machine_reaches_it(server):
    assert server.socket.getsockname()[0] == "127.0.0.1"


def test_a_folder_that_is_made_again(tmp_path):
    """`rm -r build` and a build, while it serves; the folder itself may be a link."""
    page = written(tmp_path / "results" / "report.html", "first")
    (tmp_path / "build").symlink_to(page.parent)
    assert [one.title for one in served.pages(tmp_path / "build")] == ["first"]
    page.unlink()
    page.parent.rmdir()
    assert served.pages(tmp_path / "build") == []
    written(page, "second")
    with served.open_below(tmp_path / "build", ["report.html"]) as stream:
        assert b"second" in stream.read()


def test_no_more_pages_are_listed_than_people_read(tmp_path, monkeypatch):
    for number in range(5):
        written(tmp_path / f"{number}.html", "")
    monkeypatch.setattr(served, "MOST_PAGES", 3)
    assert len(served.pages(tmp_path)) == 3


def test_ctrl_c_ends_it_with_one_line(build):
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "scons_tinyml", "serve", str(build)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "2000"},
    )
    line = process.stdout.readline()
    assert line.startswith(f"pages in {build}, until Ctrl-C: http://127.0.0.1:")
    connection = HTTPConnection(line.split("http://")[1].strip().rstrip("/"), timeout=60)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest) == (130, "")
    assert errors == "tinyml: interrupted; run the same command again to go on\n"


def call(capsys, *arguments):
    code = command.call(main, ["serve", *map(str, arguments)])
    return code, capsys.readouterr().err


def test_mistakes(tmp_path, capsys):
    missing = tmp_path / "missing"
    assert call(capsys, missing) == (
        1, f"tinyml: error: {missing}: there is no such folder\n  a build makes it\n"
    )  # fmt: skip
    code, error = call(capsys, tmp_path, "--port", "65536")
    assert (code, "argument --port: '65536' is no port from 0 to 65,535" in error) == (1, True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, error = call(capsys, tmp_path, "--port", port)
    assert code == 1
    assert error == (
        f"tinyml: error: port {port} cannot be used: Address already in use\n  without --port it is a free one\n"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_list_in_a_browser(chromium, server, theme):
    chromium.open(server.url, width=360, theme=theme)
    assert chromium.evaluate(STRUCTURE.read_text(encoding="utf-8")) == ["0 nav"]
    assert (chromium.complaints(), chromium.requests()) == ([], [server.url])
    assert chromium.contrast()["found"] == []
    assert chromium.evaluate("[...document.links].map(link => link.textContent)") == [
        "cats on stm32l1: pass",
        "a <b> & c",
    ]
