"""The platforms' own documented vectors."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from idweave.transforms.columnar.profiles.encode import encode
from idweave.transforms.columnar.profiles.normalise_platform import names, normalise_platform

FILE = Path(__file__).parent / "normalisation.yaml"
VECTORS = [v for v in yaml.safe_load(FILE.read_text())["vectors"] if v["status"] != "source_slip"]
NORMALISERS = {"google-data-manager": "google", "google-ads": "google"}


def normalised(vector: dict[str, Any]) -> pa.Array:
    """The raw values as the platform wants them."""
    raw = pa.array([str(text) for text in vector["raw"]])
    if vector["kind"] not in ("email", "phone"):
        return names(raw)
    platform = NORMALISERS.get(vector["destination"], vector["destination"])
    return normalise_platform(raw, platform, vector["kind"], vector.get("region"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['destination']}-{v['normalised']}")
def test_a_documented_vector_comes_out(vector: dict[str, Any]) -> None:
    got = normalised(vector)
    assert set(got.to_pylist()) == {vector["normalised"]}
    for key, encoding in (("sha256_hex", "sha256"), ("sha256_base64", "sha256_base64")):
        if key in vector:
            assert set(encode(got, encoding).to_pylist()) == {vector[key]}
