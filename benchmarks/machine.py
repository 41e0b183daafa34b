"""The machine and the versions in words, for below a table of speeds."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

import llvmlite.binding as llvm

PACKAGES = ("numpy", "numba", "llvmlite", "cmtj", "jax", "jaxlib")


def has_wide_vectors() -> bool:
    """Return whether the processor has AVX-512."""
    return bool(llvm.get_host_cpu_features().get("avx512f", False))


def machine() -> str:
    """Return processor, vectors, cores, load and versions."""
    features = llvm.get_host_cpu_features()
    vectors = next((name for key, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if features.get(key)), "no AVX2")
    load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return (
        f"{_processor()} ({llvm.get_host_cpu_name()} to LLVM, {vectors}), {os.cpu_count()} cores{load}; "
        f"{platform.system()}, Python {platform.python_version()}, {versions}"
    )


def _processor() -> str:
    """Return the processor's own name, of Linux where it is told."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    facts = dict(tuple(part.strip() for part in line.split(":", 1)) for line in lines if ":" in line)
    if "model name" not in facts:
        return platform.processor() or platform.machine()
    return f"{facts['model name']}, family {facts.get('cpu family', '?')}, model {facts.get('model', '?')}"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "absent"
