-- Every id that was ever published, and the profile that it is or follows now: what was stored
-- under an old id is joined by `profile_id`, today's profile is `current_id`.
select
    ids.strategy,
    ids.profile_id,
    ids.status,
    ids.current_id,
    profiles.scope,
    profiles.first_seen,
    profiles.last_seen,
    profiles.record_count,
    profiles.identity_count,
    profiles.known
from {{ source('idweave', 'ids') }} as ids
left join {{ source('idweave', 'profiles') }} as profiles
    on profiles.strategy = ids.strategy and profiles.profile_id = ids.current_id
