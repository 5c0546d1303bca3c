"""Judges profiles by the rules of audiences and platforms, under the ids that they have at last."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from idweave.transforms.columnar.arrays.blake2b import text_digests
from idweave.transforms.columnar.arrays.types import Bytes, Flags
from idweave.transforms.columnar.conditions.evaluate import evaluate
from idweave.transforms.job import StrategyPlan
from idweave.transforms.tables.plans import PlatformPlan


class LeftOut(IntEnum):
    """The first rule of a platform that leaves a profile out."""

    NOT = 0
    WHERE = 1
    AUDIENCES = 2
    SAMPLE = 3


class Judged(NamedTuple):
    """Of ``p`` profiles: who is in which audience, and what leaves whom out of which platform."""

    members: dict[str, Flags]  # [p] by audience
    left_out: dict[str, Bytes]  # [p] LeftOut, by platform that has rules


def judge(plan: StrategyPlan, rows: pa.Table) -> Judged:
    """Judge profiles.

    Args:
        rows: [p] as `condition_rows` gives them, with lasting ids.
    """
    conditions = {f"audiences.{of.name}.where": of.where for of in plan.audiences}
    platforms = [platform for platform in plan.platforms if platform.has_rules]
    for platform in platforms:
        if platform.where is not None:
            conditions[f"platforms.{platform.name}.where"] = platform.where
    holds = evaluate(rows, conditions)
    members = {of.name: holds[f"audiences.{of.name}.where"] for of in plan.audiences}
    left_out = {}
    for platform in platforms:
        code = np.zeros(rows.num_rows, np.int8)
        if platform.sample is not None:
            code[~_sampled(platform, rows["profile_id"])] = LeftOut.SAMPLE
        if platform.audiences:
            in_any = np.logical_or.reduce([members[name] for name in platform.audiences])
            code[~in_any] = LeftOut.AUDIENCES
        if platform.where is not None:
            code[~holds[f"platforms.{platform.name}.where"]] = LeftOut.WHERE
        left_out[platform.name] = code
    return Judged(members, left_out)


def _sampled(platform: PlatformPlan, ids: pa.ChunkedArray) -> Flags:
    """[p] whether the hash of a profile is below the platform's share."""
    if not len(ids) or platform.sample is None:
        return np.zeros(len(ids), bool)
    one = ids.combine_chunks().cast(pa.string())
    texts = pc.binary_join_element_wise(f"sample\0{platform.name}", one, "\0")
    first = text_digests(texts)[:, 0].byteswap()
    if platform.sample >= 2**64:
        return np.ones(len(one), bool)
    return np.asarray(first < np.uint64(platform.sample))
