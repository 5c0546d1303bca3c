"""What every stage knows of the run, and the small descriptions that go through Beam.

Descriptions name what a stage kept in the working folder and count what is in it; the arrays
themselves never go through Beam. They sort by name, so nothing depends on the order of arrival.
"""

from typing import NamedTuple

import pyarrow as pa

from idweave.transforms.columnar.attributes.rules import AttributeRule
from idweave.transforms.columnar.deciding.decision import Decision
from idweave.transforms.columnar.identities.normalise import IdentityTests
from idweave.transforms.columnar.policies.aliases import AliasRules
from idweave.transforms.columnar.policies.policy import Rules
from idweave.transforms.columnar.privacy.plan import PrivacyPlan
from idweave.transforms.columnar.profiles.risks import RiskLimits
from idweave.transforms.columnar.reading.read_files import FilePart
from idweave.transforms.columnar.reading.records import SourceReading
from idweave.transforms.exchange.store import Store
from idweave.transforms.running.counts import SourceCounts, StrategyCounts, Tally
from idweave.transforms.tables.plans import AudiencePlan, GroupPlan, PlatformPlan


class Hub(NamedTuple):
    """Identities of one type that link nothing once they link too many of another type."""

    type: int  # identity type
    linked_type: int
    more_than: int


class Graph(NamedTuple):
    """What decides about linkages; strategies that agree in all but `refusing` share it."""

    scopes: tuple[str, ...]
    workspaces: tuple[tuple[str, int], ...] | None  # workspace -> scope; None: all in scopes[0]
    link_on: tuple[int, ...]  # identity types, strongest first
    hubs: tuple[Hub, ...]
    refusing: tuple[tuple[int, ...], ...]  # of each kind of strategy: types of which two values
    # refuse a record; one that all of them refuse takes no part
    all_requests: bool  # search and modify take part, and changes link
    sources: tuple[int, ...] | None = None  # places in Job.sources, of those used; None: all
    decisions: tuple[int, ...] = ()  # places in Job.decisions
    outside_on_logout: tuple[int, ...] = ()  # identity types that `apart` spares in a logout


class BasePiece(NamedTuple):
    """Some row groups of one file of the base."""

    table: str  # identities | ids
    path: str
    row_groups: tuple[int, ...]


class BasePlan(NamedTuple):
    """What one strategy takes from the base."""

    run_id: str  # "": none; the pieces are erased ids
    as_of: int  # microseconds
    has_ids: bool  # else its identities' ids stand for them
    pieces: tuple[BasePiece, ...]


class ChangePlan(NamedTuple):
    """One table of the run that is compared with the base's."""

    table: str  # without `changes/`
    strategy: str
    name: str  # of the platform, say; "": the strategy's own
    base: tuple[BasePiece, ...]


class StrategyPlan(NamedTuple):
    """One strategy of the run."""

    name: str
    policy: str
    rules: Rules
    graph: int  # place in Job.graphs
    refusing: tuple[int, ...]  # places in the graph's `link_on`: two values refuse a record
    moves_no_records: bool  # the component is the profile, and no table needs the records
    platforms: tuple[PlatformPlan, ...]
    base: BasePlan | None = None
    audiences: tuple[AudiencePlan, ...] = ()
    condition_columns: tuple[str, ...] = ()  # that conditions name
    aliases: AliasRules | None = None
    groups: tuple[GroupPlan, ...] = ()

    @property
    def claims(self) -> bool:
        """Whether profiles may be those of a base; one of no run only tells of erased ids."""
        return self.base is not None and bool(self.base.run_id)

    @property
    def has_rules(self) -> bool:
        """Whether profiles are judged one by one, under the ids that they have at last."""
        return bool(self.audiences) or any(platform.has_rules for platform in self.platforms)


class SourcePlan(NamedTuple):
    """One source: how it is read and what is done with its records."""

    reading: SourceReading
    creates: bool
    trusted_ids: bool  # duplicates: keep
    quarantines_bad_files: bool


class Job(NamedTuple):
    """One run, as every worker sees it. Pickled with the stages; small."""

    store: Store
    result: str  # folder where the parts of the result are written
    run_key: bytes  # seeds the hashes inside the run; never reaches an output
    sources: tuple[SourcePlan, ...]  # by name
    type_names: tuple[str, ...]
    tests: tuple[IdentityTests, ...]
    attributes: tuple[tuple[str, pa.DataType], ...]  # that sources map
    attribute_rules: tuple[AttributeRule, ...]  # those that profiles have, by name
    graphs: tuple[Graph, ...]
    strategies: tuple[StrategyPlan, ...]
    tables: tuple[str, ...]
    shards: int  # output files
    pieces: int  # parts that a shard is resolved in, one at a time
    exchange_shards: int  # parts that identities and components are spread over
    split_bytes: int
    split_rows: int
    most_identities: int
    solve_limit: int
    component_bytes: int  # memory that a worker gives to the replay of one component
    rounds: int  # of contraction, at most
    since: int | None  # event time in microseconds, included
    until: int | None  # not included
    run_id: str = ""
    as_of: int = 0  # the moment that the run stands for, in microseconds
    changes: tuple[ChangePlan, ...] = ()
    id_key: bytes = b""  # of keyed ids; empty: none
    risks: RiskLimits | None = None  # None: nobody asks for them
    decisions: tuple[Decision, ...] | None = None  # by id; None: the configuration names none
    decided_source: int = -1  # place in `sources` of what people link; -1: they link nothing
    privacy: PrivacyPlan | None = None  # None: the configuration has no `privacy`


class Split(NamedTuple):
    """What one worker reads from beginning to end: a piece of a file, or some small files."""

    name: str  # sorts by (source, path, position)
    source: int
    files: tuple[FilePart, ...]  # by path; several only where all are small


class Unit(NamedTuple):
    """A unit of work: the observations of up to `split_rows` records."""

    name: str  # sorts by (source, path, position)
    source: int
    rows: int
    quarantined: int
    counts: SourceCounts


class Duplicates(NamedTuple):
    """What one shard of record ids found."""

    shard: int
    rows: int


class Linked(NamedTuple):
    """One graph's local components of one unit."""

    graph: int
    unit: str
    source: int
    components: int


class Edges(NamedTuple):
    """One shard of edges between components of the level below."""

    graph: int
    level: int
    shard: int
    edges: int
    nodes: int  # components that the shard made (levels above 0)


class Labelled(NamedTuple):
    """Labels of the nodes of one level: of all where it was solved, else of one shard's."""

    graph: int
    level: int
    shard: int  # 0 where it was solved in memory
    solved: bool  # in memory, all of them at once


class Done(NamedTuple):
    """A stage's element was done, and no more needs to be known of it than what was counted."""

    of: int  # place of the graph, strategy or change that it was done for
    name: str  # of the unit, shard or piece; "": there is one only
    counts: StrategyCounts = StrategyCounts()


class OutputFile(NamedTuple):
    """A file of the result."""

    table: str
    strategy: str  # "": of no strategy
    name: str  # of the platform, say; "": the table is the strategy's own
    file: str
    rows: int
    digest: tuple[int, int]  # order-independent: sums of the rows' hashes, each modulo 2**64


class Proved(NamedTuple):
    """A file of the result that was searched for people who are erased."""

    folder: str  # of the table
    rows: int  # that were looked at
    shown: Tally  # rows that show somebody, by column


class Written(NamedTuple):
    """What a stage wrote of the result, and what it counted, also of tables not asked for."""

    strategy: str  # "": of no strategy
    files: tuple[OutputFile, ...]
    counts: StrategyCounts = StrategyCounts()
    proved: tuple[Proved, ...] = ()


class ResolvedShard(NamedTuple):
    """One shard of one strategy: its answers to the units are kept, its files written."""

    of: int  # strategy
    name: str  # shard
    files: tuple[OutputFile, ...]
    counts: StrategyCounts
