"""OpenBLAS takes a processor that it does not know for a Prescott of 2004: it is told which kernels it can run."""

import ctypes
import os
import pathlib
import sys


def name_kernels():
    """Starts the process again with OPENBLAS_CORETYPE, which OpenBLAS reads while it is loaded, where it is needed."""
    if "OPENBLAS_CORETYPE" in os.environ:
        return
    try:
        core = ctypes.CDLL("libopenblas.so.0").openblas_get_corename
    except OSError:
        return
    core.restype = ctypes.c_char_p
    flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    if core() == b"Prescott" and "avx2" in flags:
        os.environ["OPENBLAS_CORETYPE"] = "SkylakeX" if "avx512f" in flags else "Haswell"
        os.execv(sys.executable, [sys.executable, *sys.argv])
