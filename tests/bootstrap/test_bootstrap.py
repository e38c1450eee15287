from __future__ import annotations

import os
import signal
import subprocess
import time
from itertools import pairwise

import pytest

from .conftest import COMPILER, COMPILER_ALONE, ROOT, python

UPDATE = "apt-get -q -o DPkg::Lock::Timeout=300 update"
INSTALL = "apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends"
BUSY = 'touch "$MACHINE/busy"; while [ -e "$MACHINE/busy" ]; do sleep 0.01; done'
TOOLCHAIN = "gcc-arm-none-eabi libnewlib-arm-none-eabi"
READY = "bootstrap: ready; to use it without this script: . {}/bin/activate"
MAKING = "bootstrap: making .venv with Python 3.11.2, a few minutes the first time"


PIP = (
    "python -m pip install --disable-pip-version-check --no-input --no-deps --require-hashes --only-binary :all: "
    "--no-compile --quiet"
)


def venv_calls(machine, name="python3"):
    return [f"{name} -m venv --clear {machine.venv}", f"{PIP} -r {machine.venv}/lock-others"]


def quiet_calls(machine):
    """What was called to change something, without questions about user and machine."""
    return [call for call in machine.log if not call.startswith(("id ", "uname "))]


def test_everything_is_installed_on_a_bare_machine_and_the_command_run(bare):
    code, out, errors = bare.run("env")
    packages = "gcc-arm-none-eabi libnewlib-arm-none-eabi python3 python3-venv"
    calls = quiet_calls(bare)
    assert calls[:2] == [UPDATE, f"{INSTALL} python3 python3-venv"]
    assert sorted(calls[2:]) == sorted([f"{INSTALL} {TOOLCHAIN}", *venv_calls(bare)])
    assert errors == [f"bootstrap: installing {packages}", MAKING, READY.format(bare.venv)]
    variables = dict(line.split("=", 1) for line in out.splitlines())
    assert (code, variables["VIRTUAL_ENV"]) == (0, str(bare.venv))
    assert variables["PATH"] == f"{bare.venv}/bin:{bare.folder}/bin"


def test_nothing_is_done_the_second_time(bare):
    bare.run()
    (bare.folder / "log").unlink()
    assert bare.run("cat", str(bare.checkout / "requirements.lock")) == (0, "one==1\n", [])
    assert bare.log == []


def test_the_exit_code_is_the_command_s(furnished):
    furnished.add("fail", "exit 7")
    assert furnished.run("fail")[0] == 7


def test_ubuntu_22_04_has_its_newer_python_in_packages_of_their_own(bare):
    (bare.folder / "os-release").write_text('ID=ubuntu\nVERSION_ID="22.04"\n')
    bare.add("python3", python(usable=False))
    assert bare.run()[0] == 0
    calls = quiet_calls(bare)
    assert calls[:2] == [UPDATE, f"{INSTALL} python3.11 python3.11-venv"]
    assert sorted(calls[2:]) == sorted([f"{INSTALL} {TOOLCHAIN}", *venv_calls(bare, "python3.11")])


@pytest.mark.parametrize(
    ("compiler", "pythons", "packages"),
    [
        (COMPILER, {"python3": python()}, ""),
        (COMPILER_ALONE, {"python3": python()}, "libnewlib-arm-none-eabi"),
        (COMPILER, {"python3": python(usable=False)}, "python3 python3-venv"),
        (COMPILER, {"python3": python(usable=False), "python3.12": python()}, ""),
        (COMPILER, {"python3.13": python(usable=False), "python3": python()}, ""),
    ],
    ids=["all there", "no newlib", "no usable Python", "a newer one", "an older one"],
)
def test_only_what_is_missing_is_installed(bare, compiler, pythons, packages):
    bare.add("arm-none-eabi-gcc", compiler)
    for name, body in pythons.items():
        bare.add(name, body)
    bare.add("apt-get", bare_apt(bare) + f"\n{'true' if packages else 'false'}")
    bare.run()
    calls = [call for call in quiet_calls(bare) if call.startswith("apt-get")]
    assert calls == ([UPDATE, f"{INSTALL} {packages}"] if packages else [])


@pytest.mark.parametrize(
    ("there", "packages"),
    [
        (
            [],
            "gcc libc6-dev g++ git make qemu-system-arm clang lld wasi-libc chromium-headless-shell fonts-dejavu-core",
        ),
        (["gcc", "g++", "clang", "wasm-ld", "chromium"], "git make qemu-system-arm"),
        (["gcc", "git", "make", "qemu-system-arm", "clang", "wasm-ld", "chromium-headless-shell"], "g++"),
        (["g++", "git", "make", "qemu-system-arm", "clang", "wasm-ld", "chromium"], "gcc libc6-dev"),
        (["gcc", "g++", "git", "make", "qemu-system-arm", "clang", "chromium"], "clang lld wasi-libc"),
    ],
    ids=["none", "no git and QEMU", "no g++", "no gcc", "no linker of WebAssembly"],
)
def test_tests_get_compilers_for_this_machine_git_qemu_and_a_browser(furnished, there, packages):
    for name in ("pytest", *there):
        furnished.add(name, "exit 0")
    assert furnished.run("scons", "some")[0] == 127
    assert quiet_calls(furnished) == venv_calls(furnished)
    (furnished.folder / "log").unlink()
    code, _, errors = furnished.run("pytest", "tests/some")
    assert (code, errors) == (0, [f"bootstrap: installing {packages}"])
    assert quiet_calls(furnished) == [UPDATE, f"{INSTALL} {packages}", "pytest tests/some"]
    assert furnished.run("pytest") == (0, "", [])


def test_ubuntu_has_no_package_of_a_browser(furnished):
    (furnished.folder / "os-release").write_text('ID=ubuntu\nVERSION_ID="24.04"\n')
    for name in ("pytest", "g++", "git", "make", "qemu-system-arm", "clang", "wasm-ld"):
        furnished.add(name, "exit 0")
    assert "bootstrap: installing gcc libc6-dev" in furnished.run("pytest")[2]


def test_tests_go_without_them_where_there_is_no_apt(furnished):
    furnished.add("pytest", "exit 0")
    (furnished.folder / "bin" / "apt-get").unlink()
    assert furnished.run("pytest")[0] == 0


def bare_apt(machine):
    return (machine.folder / "bin" / "apt-get").read_text().split("\n", 2)[2]


@pytest.mark.parametrize("change", ["lock", "python", "place", "stamp"])
def test_the_environment_is_made_again_when_it_is_not_the_wanted_one(furnished, change):
    furnished.run()
    (furnished.folder / "log").unlink()
    if change == "lock":
        (furnished.checkout / "requirements.lock").write_text("one==2\n")
    elif change == "python":
        furnished.add("python", python("3.12.1"), "check out/.venv/bin")
    elif change == "place":
        furnished.checkout.rename(furnished.folder / "moved")
        furnished.checkout.symlink_to(furnished.folder / "moved")
    else:
        (furnished.venv / "tinyml-stamp").unlink()
    furnished.run()
    assert [call.split(" --")[0] for call in quiet_calls(furnished)] == [
        "python3 -m venv",
        "python -m pip install",
    ]
    (furnished.folder / "log").unlink()
    assert furnished.run() == (0, "", [])


def test_an_installation_that_fails_is_repaired(furnished):
    furnished.add("python3", python(pip="exit 1"))
    code, _, errors = furnished.run("env")
    assert (code, errors) == (
        1,
        [MAKING, "bootstrap: the packages of requirements.lock could not be installed"],
    )
    furnished.add("python3", python())
    assert furnished.run("env")[0] == 0


TWO_PARTS = "one==1\ntensorflow-cpu==2 \\\n    --hash=sha256:0\nzero==3\n"
LARGEST = """
case "$*" in
*" --prefix "*)
    mkdir -p "$VENV/largest/lib/python3/site-packages/tensorflow" "$VENV/largest/bin"
    touch "$VENV/largest/bin/convert"
    ;;
esac
"""


@pytest.fixture
def two_parts(furnished):
    """With the largest package in the lock, which has a pip of its own."""
    (furnished.checkout / "requirements.lock").write_text(TWO_PARTS)
    furnished.environment["VENV"] = str(furnished.venv)
    furnished.add("python3", python(pip=LARGEST))
    return furnished


def test_the_largest_package_is_installed_beside_the_others(two_parts):
    assert two_parts.run()[0] == 0
    venv, both = two_parts.venv, f"{PIP} --prefix {two_parts.venv}/largest -r {two_parts.venv}/lock-largest"
    calls = quiet_calls(two_parts)
    assert sorted(calls) == sorted([*venv_calls(two_parts), both])
    assert (venv / "lock-largest").read_text() == "tensorflow-cpu==2 \\\n    --hash=sha256:0\n"
    assert (venv / "lock-others").read_text() == "one==1\nzero==3\n"
    assert (venv / "lib/python3/site-packages/tensorflow").is_dir() and (venv / "bin/convert").is_file()
    assert not (venv / "largest").exists()


@pytest.mark.parametrize("which", ["lock-largest", "lock-others"])
def test_either_part_that_fails_is_told(two_parts, which):
    two_parts.add("python3", python(pip=f'case "$*" in *{which}) exit 1 ;; esac'))
    code, _, errors = two_parts.run("env")
    assert (code, errors[-1]) == (1, "bootstrap: the packages of requirements.lock could not be installed")
    assert not (two_parts.venv / "tinyml-stamp").exists()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_ends_both_parts(two_parts, sent):
    """Nobody is left who could write: a pip that goes on would do so into the next environment."""
    busy = f'case "$*" in *lock-largest) {BUSY.replace("busy", "largest")} ;; *) {BUSY} ;; esac'
    two_parts.add("python3", python(pip=busy))
    process = two_parts.start("env")
    for name in ("busy", "largest"):
        wait_for(two_parts.folder / name)
    os.killpg(process.pid, sent)
    process.communicate()  # ends when all have closed their output
    assert process.returncode != 0


def test_where_python_keeps_no_compiled_modules_pip_compiles_all(furnished):
    furnished.environment["PYTHONDONTWRITEBYTECODE"] = "1"
    furnished.run()
    assert quiet_calls(furnished)[1] == venv_calls(furnished)[1].replace("--no-compile", "--compile")


def test_a_toolchain_that_fails_to_install_is_told_when_the_environment_is_made(bare):
    bare.add("python3", python())
    bare.add("apt-get", f'case "$*" in *gcc-arm*) exit 100 ;; esac\n{bare_apt(bare)}')
    code, _, errors = bare.run("env")
    command = f"apt-get install --no-install-recommends {TOOLCHAIN}"
    told = f"bootstrap: could not install the packages; to try by hand: {command}"
    assert (code, told in errors, (bare.venv / "tinyml-stamp").exists()) == (1, True, True)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_an_installation_that_is_interrupted_is_repaired(furnished, sent):
    furnished.add("python3", python(pip=BUSY))
    process = furnished.start("env")
    wait_for(furnished.folder / "busy")
    os.killpg(process.pid, sent)
    assert process.wait() != 0
    assert process.stdout.read() == ""
    (furnished.folder / "log").unlink()
    furnished.add("python3", python())
    assert furnished.run()[0] == 0
    assert quiet_calls(furnished) == venv_calls(furnished)


def wait_for(path):
    for _ in range(1000):
        if path.exists():
            return
        time.sleep(0.01)
    pytest.fail(f"{path} did not appear")


def test_two_at_once_install_once(furnished):
    furnished.add("python3", python(pip=BUSY))
    first = furnished.start("cat", "/dev/null")
    wait_for(furnished.folder / "busy")
    second = furnished.start("cat", "/dev/null")
    assert second.stderr.readline() == "bootstrap: waiting for another ./bootstrap\n"
    (furnished.folder / "busy").unlink()
    assert (second.communicate(), second.returncode) == (("", ""), 0)
    assert first.wait() == 0
    assert quiet_calls(furnished) == venv_calls(furnished)


def test_the_command_does_not_keep_others_waiting(furnished):
    slow = furnished.start("sleep", "600")
    wait_for(furnished.venv / "tinyml-stamp")
    (furnished.venv / "tinyml-stamp").unlink()
    assert furnished.run()[0] == 0
    assert slow.poll() is None
    os.killpg(slow.pid, signal.SIGKILL)


def test_without_apt(bare):
    (bare.folder / "bin" / "apt-get").unlink()
    assert bare.run("env") == (
        1,
        "",
        [
            "bootstrap: this system has no apt-get. Install by its own means, and run again:",
            "bootstrap:   arm-none-eabi-gcc with newlib (Fedora: arm-none-eabi-gcc-cs arm-none-eabi-newlib, "
            "Arch: arm-none-eabi-gcc arm-none-eabi-newlib, elsewhere: the GNU toolchain from developer.arm.com)",
            "bootstrap:   Python 3.11, 3.12 or 3.13 with venv and ensurepip",
        ],
    )
    bare.add("arm-none-eabi-gcc", COMPILER)
    assert bare.run("env")[2][1:] == ["bootstrap:   Python 3.11, 3.12 or 3.13 with venv and ensurepip"]
    bare.add("python3", python())
    assert bare.run("cat", "/dev/null")[0] == 0


def test_a_user_without_sudo_is_told_the_command(bare):
    bare.environment["FAKE_USER"] = "1000"
    code, out, errors = bare.run("env")
    command = "apt-get install --no-install-recommends gcc-arm-none-eabi libnewlib-arm-none-eabi python3 python3-venv"
    assert (code, out) == (1, "")
    assert errors == [f"bootstrap: not root, and there is no sudo. Have an administrator run: {command}"]
    assert quiet_calls(bare) == []


def test_a_user_with_sudo(bare):
    bare.environment["FAKE_USER"] = "1000"
    bare.add("sudo", '"$@"')
    assert bare.run()[0] == 0
    environment = "sudo env DEBIAN_FRONTEND=noninteractive "
    calls = [call for call in quiet_calls(bare) if call.startswith("sudo")]
    packages = ("python3 python3-venv", TOOLCHAIN)
    assert calls == [environment + UPDATE, *(f"{environment}{INSTALL} {some}" for some in packages)]


def test_a_user_whom_sudo_refuses(bare):
    bare.environment["FAKE_USER"] = "1000"
    bare.add("sudo", "exit 1")
    code, _, errors = bare.run()
    command = "apt-get install --no-install-recommends gcc-arm-none-eabi libnewlib-arm-none-eabi python3 python3-venv"
    assert (code, errors[-1]) == (
        1,
        f"bootstrap: could not install the packages; to try by hand: sudo {command}",
    )


def test_package_lists_that_cannot_be_updated_may_still_do(bare):
    bare.add("apt-get", f'case "$*" in *update) exit 100 ;; esac\n{bare_apt(bare)}')
    code, _, errors = bare.run()
    assert (code, errors[1]) == (
        0,
        "bootstrap: apt-get update failed; going on with the package lists that are here",
    )


def test_packages_that_do_not_bring_what_was_missing(bare):
    bare.add("apt-get", "")
    code, _, errors = bare.run()
    assert (code, errors[-1]) == (1, "bootstrap: arm-none-eabi-gcc with newlib is still not found on PATH")
    bare.add("arm-none-eabi-gcc", COMPILER)
    code, _, errors = bare.run()
    assert (code, errors[-1]) == (
        1,
        "bootstrap: found no Python 3.11, 3.12 or 3.13 that can make a virtual environment",
    )


def test_a_machine_that_the_wheels_are_not_for(furnished):
    furnished.environment["FAKE_MACHINE"] = "Linux aarch64"
    code, _, errors = furnished.run()
    assert (code, errors) == (
        1,
        ["bootstrap: TensorFlow and its oracle have packages for Linux x86_64; this is Linux aarch64"],
    )


def test_the_fast_path_is_fast(furnished):
    """Best of some runs, so that a busy machine does not fail it."""
    furnished.run()
    times = []
    for _ in range(10):
        started = time.perf_counter()
        assert furnished.run("cat", "/dev/null")[0] == 0
        times.append(time.perf_counter() - started)
    assert min(times) < 0.2


def test_shells_accept_the_scripts():
    for shell, script in (("sh", "bootstrap"), ("bash", ".ci/run")):
        subprocess.run([shell, "-n", ROOT / script], check=True)
        assert os.access(ROOT / script, os.X_OK)


def test_the_lock_has_hashes_and_names_no_place():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    assert not [line for line in lines if "://" in line or line.startswith(("-", "/"))]
    for line, following in pairwise(lines):
        if "==" in line:
            assert line.endswith("\\") and following.strip().startswith("--hash=sha256:")


def test_the_lock_holds_what_is_asked_for_and_nothing_of_what_is_not():
    asked = [line.partition("#")[0].strip() for line in (ROOT / "requirements.in").read_text().splitlines()]
    locked = [
        line.partition("==")[0]
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if "==" in line
    ]
    assert {line.partition("<")[0].strip() for line in asked if line} <= set(locked)
    assert not {"tensorflow", "pandas", "libclang", "litert-lm-builder"} & set(locked)
    assert len(locked) == len(set(locked))
