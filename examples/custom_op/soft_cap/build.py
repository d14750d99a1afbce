"""Compiles soft_cap.cc against the headers that come with TensorFlow: python -m soft_cap.build"""

import os
import subprocess
from pathlib import Path

import tensorflow as tf

SOURCE = Path(__file__).with_name("soft_cap.cc")
LIBRARY = SOURCE.with_suffix(".so")


def build():
    command = [
        *(os.environ.get("CXX", "g++"), "-shared", "-fPIC", "-O2", "-w"),
        *(str(SOURCE), "-o", str(LIBRARY)),
        *tf.sysconfig.get_compile_flags(),
        *tf.sysconfig.get_link_flags(),
    ]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    build()
