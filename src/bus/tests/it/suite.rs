//! What every bus does. Each case gets its own world; nothing in it depends on how long something takes.

mod cache;
mod events;
mod live;
mod rates;

macro_rules! on {
    ($world:ident: $($case:path as $name:ident with $idle:expr,)*) => {
        mod $world {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    $case(crate::worlds::$world($idle).await).await;
                }
            )*
        }
    };
}

macro_rules! every_case_on {
    ($($world:ident)*) => {
        $(on! { $world:
            super::events::each_group_gets_each_event_once as each_group_gets_each_event_once with crate::worlds::NEVER,
            super::events::events_come_in_order_and_whole as events_come_in_order_and_whole with crate::worlds::NEVER,
            super::events::a_new_group_gets_what_comes_from_now_on as a_new_group_gets_what_comes_from_now_on
                with crate::worlds::NEVER,
            super::events::an_acknowledged_id_does_not_come_again as an_acknowledged_id_does_not_come_again
                with crate::worlds::NEVER,
            super::events::an_id_that_is_told_twice_comes_once as an_id_that_is_told_twice_comes_once
                with crate::worlds::NEVER,
            super::events::what_a_dropped_consumer_had_comes_again as what_a_dropped_consumer_had_comes_again
                with crate::worlds::SHORT,
            super::events::what_a_hung_consumer_has_comes_again as what_a_hung_consumer_has_comes_again
                with crate::worlds::SHORT,
            super::events::a_caller_that_stops_waiting_loses_nothing as a_caller_that_stops_waiting_loses_nothing
                with crate::worlds::NEVER,
            super::events::what_is_too_large_or_wrongly_named_is_refused as what_is_too_large_or_wrongly_named_is_refused
                with crate::worlds::NEVER,
            super::events::a_stopped_bus_closes_its_subscriptions as a_stopped_bus_closes_its_subscriptions
                with crate::worlds::NEVER,
            super::events::many_publishers_and_consumers_share_the_work as many_publishers_and_consumers_share_the_work
                with crate::worlds::NEVER,
            super::live::every_view_of_a_channel_is_told as every_view_of_a_channel_is_told with crate::worlds::NEVER,
            super::live::a_slow_view_is_told_how_much_it_missed as a_slow_view_is_told_how_much_it_missed
                with crate::worlds::NEVER,
            super::cache::what_was_fetched_is_kept as what_was_fetched_is_kept with crate::worlds::NEVER,
            super::cache::what_was_kept_long_enough_is_fetched_again as what_was_kept_long_enough_is_fetched_again
                with crate::worlds::NEVER,
            super::cache::failures_are_not_kept as failures_are_not_kept with crate::worlds::NEVER,
            super::cache::one_fetches_for_all_who_ask as one_fetches_for_all_who_ask with crate::worlds::NEVER,
            super::cache::who_stops_waiting_ends_nothing_for_others as who_stops_waiting_ends_nothing_for_others
                with crate::worlds::NEVER,
            super::cache::a_fetch_that_nobody_waits_for_is_given_up as a_fetch_that_nobody_waits_for_is_given_up
                with crate::worlds::NEVER,
            super::rates::requests_are_counted_within_their_window as requests_are_counted_within_their_window
                with crate::worlds::NEVER,
        })*
    };
}

every_case_on! { in_process with_outbox redis resilient resilient_behind_a_slow_line resilient_without_redis }
