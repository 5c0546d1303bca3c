"""The table `requests`: what people asked for, and what became of it."""

import pyarrow as pa

from idweave.transforms.tables.table import TIME, Table, column

_FILE = pa.struct(
    [
        column("source", pa.string(), "a source", stored="names"),
        column("file", pa.string(), "the path of an input file of it", stored="names"),
        column("records", pa.int64(), "its records there", stored="numbers"),
    ]
)

TABLE = Table(
    name="requests",
    one_for="run",
    about="a request of a person",
    columns=pa.schema(
        [
            column("request_id", pa.string(), "the request's id; of a line without one, its file "
                   "and line", stored="keys"),
            column("type", pa.string(), "what it asks for: see Words; null: none of these",
                   null=True, stored="names"),
            column("submitted_at", TIME, "when; null: it says no time", null=True,
                   stored="numbers"),
            column("status", pa.string(), "what became of it: see Words", stored="names"),
            column("reason", pa.string(), "why: see Words", null=True, stored="names"),
            column("resolved_run", pa.string(), "the run that completed or closed it", null=True,
                   stored="names"),
            column("resolved_at", TIME, "the moment of that run", null=True, stored="numbers"),
            column("profiles", pa.int64(), "profiles that it is about", stored="numbers"),
            column("records", pa.int64(), "their records", stored="numbers"),
            column("identities", pa.int64(), "identities that it suppresses", stored="numbers"),
            column("kept_identities", pa.int64(), "identities that it does not suppress, as others "
                   "have them, too", stored="numbers"),
            column("receipt", pa.string(), "HMAC-SHA256 over the columns before it", stored="keys"),
            column("sources", pa.list_(pa.field("element", _FILE, nullable=False)),
                   "input files that still carry its records in this run, for you to clean"),
        ]
    ),
    key=("request_id",),
    order="request_id",
    always=True,
    made_for=lambda job: job.privacy is not None,
)  # fmt: skip
