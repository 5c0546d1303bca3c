"""Identities of records, sorted and once each, against plain sets."""

import numpy as np

from idweave.transforms.columnar.identities.assemble import assemble


def test_identities_of_a_record_are_sorted_and_once_each_however_many_it_has() -> None:
    chance = np.random.default_rng(11)
    sizes = np.array([0, 1, 2, 31, 32, 33, 34, 100, 1000, 0])
    row = np.repeat(np.arange(len(sizes)), sizes)
    for values in (3, 50, 100_000):
        code = chance.integers(0, values, len(row))
        order = chance.permutation(len(row))
        start, identity, too_many = assemble(
            row[order].astype(np.int32), code[order].astype(np.int32), len(sizes), 400
        )
        expected = [sorted(set(code[row == r].tolist())) for r in range(len(sizes))]
        assert too_many.tolist() == [len(each) > 400 for each in expected]
        kept = [each if len(each) <= 400 else [] for each in expected]
        assert [part.tolist() for part in np.split(identity, start[1:-1])] == kept
