"""The package as users get it: the same bytes under any hash seed and from the installed wheel."""

import hashlib
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def digest(directory):
    """Names and contents of the files of a directory."""
    files = sorted(Path(directory).glob("*.py"))
    assert len(files) >= 15
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_generation_is_the_same_under_any_hash_seed(tmp_path, seed):
    subprocess.run(
        [sys.executable, "-m", "opcheck", "generate", "--out", str(tmp_path / "out")],
        env={**os.environ, "PYTHONHASHSEED": seed},
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    assert digest(tmp_path / "out") == digest(ROOT / "generated_tests")


def test_the_committed_files_are_current():
    result = subprocess.run(
        [sys.executable, "-m", "opcheck", "generate", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[:2000] + result.stderr


def test_the_wheel_carries_its_templates_and_generates_the_same(tmp_path):
    wheels = tmp_path / "wheels"
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", str(wheels), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = wheels.glob("opcheck-*.whl")
    place = tmp_path / "env"
    venv.create(place, with_pip=True)
    # The dependencies of this environment serve; the package itself must come from the wheel.
    site = next((place / "lib").glob("python*")) / "site-packages"
    (site / "outer.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    python = str(place / "bin" / "python")
    install = [python, "-m", "pip", "install", "--no-deps", "-q", "--ignore-installed", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    where = [python, "-c", "import opcheck; print(opcheck.__file__)"]
    found = subprocess.run(where, cwd=empty, check=True, capture_output=True, text=True).stdout
    assert Path(found.strip()).is_relative_to(place)
    generate = [python, "-m", "opcheck", "generate", "--out", "out"]
    subprocess.run(generate, cwd=empty, check=True, capture_output=True)
    assert digest(empty / "out") == digest(ROOT / "generated_tests")


def test_without_tensorflow_the_message_says_what_to_install(tmp_path):
    # A finder that knows no TensorFlow stands for an environment that has none.
    program = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'tensorflow':\n"
        "            raise ModuleNotFoundError(\"No module named 'tensorflow'\", name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "import opcheck.cli\n"
        "sys.exit(opcheck.cli.main(['check', 'Exp']))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "opcheck needs TensorFlow, and none is installed here" in result.stderr
    assert "pip install tensorflow-cpu" in result.stderr
