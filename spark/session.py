"""A session of Spark for one run: Java looked for first, its own words in a file, and Ctrl-C left as it is."""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dabiao.base.libraries import hush, require_library
from dabiao.base.problems import Location, Problem, Refused
from dabiao.base.writing import refuse_output

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_TRIES = 4  # of a part, as on a cluster; Spark itself gives up at the first in local mode
_LOCAL = re.compile(r"local(?:\[(\*|[1-9]\d*)(?:,([1-9]\d*))?\])?")
_JAVA = re.compile(r'version "(?:1\.)?(\d+)')
_INSTALL = "apt install openjdk-17-jre-headless"
_PYTHON = "PYSPARK_PYTHON"
_PATIENCE = 20  # seconds in which Java says its version


def require_spark() -> None:
    """Raise `Refused`, with what to install, where Spark cannot run: one of its libraries or Java is missing or too old."""
    for library in ("pyspark", "pyarrow", "pandas"):
        with require_library(library):
            import_module(library)
    least = 17 if int(version("pyspark").partition(".")[0]) >= 4 else 8
    found = find_java()
    if found is None:
        raise Refused([Problem("spark.no-java", Location("Java"), {"expected": 17, "command": _INSTALL})])
    if found < least:
        details = {"found": found, "expected": least, "command": _INSTALL}
        raise Refused([Problem("spark.old-java", Location("Java"), details)])


def find_java() -> int | None:
    """Return the version of the Java that Spark would take, None if there is none that runs."""
    home = os.environ.get("JAVA_HOME")
    program = shutil.which(Path(home, "bin", "java") if home else "java")
    if program is None:
        return None
    try:
        told = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _JAVA.search(told.stderr + told.stdout)
    return int(found[1]) if found else None


@contextmanager
def open_session(master: str, log: Path) -> Iterator[SparkSession]:
    """Start Spark, once in a process, and end it behind the block. What Java prints is added to the file `log`.

    Raises `Refused` where it does not start.
    """
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    settings = SparkConf(loadDefaults=False)
    for name, value in _settings(master).items():
        settings.set(name, value)
    with _append_to(log) as stream, quiet(), _with_this_python():
        try:
            gateway = launch_gateway(settings, {"stdout": stream, "stderr": stream})
            with _own_ctrl_c():
                context = SparkContext(gateway=gateway, conf=settings)
        except Exception:
            if os.environ.get("DABIAO_DEBUG"):
                raise
            details = {"found": master, "log": str(log)}
            raise Refused([Problem("spark.no-start", Location("--master"), details)]) from None
        try:
            yield SparkSession(context)
        finally:
            with suppress(Exception):
                context.stop()


def _settings(master: str) -> Mapping[str, str]:
    """Return how Spark is set; what is not here is said by its own files and by PYSPARK_SUBMIT_ARGS."""
    found = {
        "spark.app.name": "dabiao",
        "spark.ui.showConsoleProgress": "false",
        "spark.executorEnv.POLARS_MAX_THREADS": os.environ.get("POLARS_MAX_THREADS", "1"),
    }
    local = _LOCAL.fullmatch(master)
    if local is None:
        return {"spark.master": master, **found}
    here = {
        "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",  # it only hands out numbers: a third less to begin
    }  # fmt: skip
    return {"spark.master": f"local[{local[1] or 1},{local[2] or _TRIES}]", **here, **found}


@contextmanager
def _append_to(log: Path) -> Iterator[IO[bytes]]:
    try:
        stream = log.open("ab")
    except OSError as error:
        raise refuse_output(str(log), error) from None
    with stream:
        yield stream


def quiet() -> AbstractContextManager[None]:
    """Let the libraries of Spark print nothing on the way: what went wrong is told once, by us."""
    return hush("py4j", logging.CRITICAL + 1)


@contextmanager
def _with_this_python() -> Iterator[None]:
    """Let workers be of this Python, unless PYSPARK_PYTHON says of which."""
    given = os.environ.get(_PYTHON)
    os.environ[_PYTHON] = given or sys.executable
    try:
        yield
    finally:
        if given is None:
            del os.environ[_PYTHON]


@contextmanager
def _own_ctrl_c() -> Iterator[None]:
    """Keep what Ctrl-C does here: Spark sets a way of its own, which raises an exception."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before, pressed = signal.getsignal(signal.SIGINT), False
    try:
        yield
    except KeyboardInterrupt:
        pressed = True
        raise
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            signal.raise_signal(signal.SIGINT)
