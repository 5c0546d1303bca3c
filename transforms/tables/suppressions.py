"""The table `suppressions`: what of erased people is never looked at again, as hashes."""

import pyarrow as pa

from idweave.transforms.tables.table import TIME, Table, column

TABLE = Table(
    name="suppressions",
    one_for="run",
    about="a record or an identity that a request suppresses, or a request that was lifted",
    columns=pa.schema(
        [
            column("kind", pa.string(), "`record`, `identity`, or `lift`", stored="names"),
            column("hash", pa.string(), "HMAC-SHA256 under the privacy key, hex", stored="keys"),
            column("request_id", pa.string(), "the request that says so", stored="keys"),
            column("since", TIME, "when it was submitted: an identity is suppressed in records up "
                   "to then", stored="numbers"),
            column("short_hash", pa.int64(), "a shorter hash under the same key, which finds the "
                   "other one quickly; of a lift: null", null=True, stored="numbers"),
        ]
    ),
    key=("kind", "hash", "request_id"),
    order="kind, hash, request_id",
    always=True,
    made_for=lambda job: job.privacy is not None,
)  # fmt: skip
