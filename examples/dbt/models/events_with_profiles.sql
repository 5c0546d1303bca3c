-- Your events, each with the profile that it belongs to. An event that is there twice has its
-- profile twice, one that could not be read has none.
select
    events.*,
    assignments.profile_id,
    assignments.status as identity_status,
    assignments.reason as identity_reason,
    profiles.known as profile_known
from {{ source('raw', 'events') }} as events
left join {{ source('idweave', 'assignments') }} as assignments
    on
        assignments.record_id = cast(events.{{ var('events_id') }} as {{ dbt.type_string() }})
        and assignments.source = '{{ var("events_source") }}'
        and assignments.strategy = '{{ var("strategy") }}'
        and assignments.status <> 'duplicate'
left join {{ source('idweave', 'profiles') }} as profiles
    on
        profiles.profile_id = assignments.profile_id
        and profiles.strategy = assignments.strategy
