"""The one door to TensorFlow: any build of it, or a clear word on what to install.

Modules that need TensorFlow say `from opcheck.backend import tf`; nothing that `import opcheck`,
`opcheck list` or a test collection loads may import this module.
"""

from __future__ import annotations

import os

from opcheck.errors import MissingTensorFlowError

# Start-up chatter of TensorFlow's C++ side hides what opcheck prints; errors still show.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

try:
    import tensorflow as tf
except ModuleNotFoundError as error:
    if error.name != "tensorflow":
        raise
    raise MissingTensorFlowError(
        "opcheck needs TensorFlow, and none is installed here. Install the build you want to "
        "check, for example `pip install tensorflow-cpu` or `pip install 'opcheck[cpu]'`; "
        "tensorflow, tensorflow-rocm, tf-nightly and vendors' builds serve as well."
    ) from error

__all__ = ["tf"]
