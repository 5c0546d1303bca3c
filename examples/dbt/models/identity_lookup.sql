-- One profile for each identity: where several hold it, the one that was seen with it last.
with held as (
    select
        identities.*,
        count(*) over (
            partition by strategy, scope, identity_type, identity_value
        ) as profiles_with_it,
        row_number() over (
            partition by strategy, scope, identity_type, identity_value
            order by last_seen desc nulls last, profile_id
        ) as place
    from {{ source('idweave', 'identities') }} as identities
)

select
    strategy,
    scope,
    identity_type,
    identity_value,
    profile_id,
    profiles_with_it,
    linked,
    first_seen,
    last_seen,
    record_count
from held
where place = 1
