//! The conformance suite: what every store must do, one test for each store and case.
//!
//! A store takes part by implementing [`Place`] and naming it in `conformance!`. A case is one function, generic over the
//! place; nothing in it knows which store it tries. Deliberately absent: what only one store can suffer (a locked file, a
//! server that loses its primary); those stand beside that store's tests.

pub mod collections;
pub mod conditions;
pub mod deletion;
pub mod documents;
pub mod expiry;
pub mod large;
pub mod logs;
pub mod ordering;
pub mod paging;
pub mod reopening;
pub mod searching;
pub mod swapping;
pub mod versions;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fakes::ManualClock;
use ports::clock::Clock;
use ports::store::Store;
use ports::store::collection::Collection;
use ports::store::document::{Document, Expect, Stored, Write};
use ports::store::error::StoreError;
use serde_json::Value;
use std::sync::Arc;

/// Collections that a store is opened with.
pub type Collections = &'static [&'static Collection];

/// Where a store stands during one test: made empty, opened again, removed when it is dropped.
#[async_trait]
pub trait Place: Sized + Send + Sync + 'static {
    /// An empty store of its own.
    async fn fresh(clock: Arc<dyn Clock>, collections: Collections) -> Self;

    /// The store as it is open now.
    fn store(&self) -> Arc<dyn Store>;

    /// The same data, opened anew by a program that declares these collections. A store that keeps nothing beyond its
    /// process stays as it is.
    async fn reopened(self, collections: Collections) -> Self;

    /// The same by an older program; the refusal where it is not let in at all.
    async fn reopened_older(self, collections: Collections) -> Result<Self, StoreError> {
        Ok(self.reopened(collections).await)
    }

    /// Damages the stored form of a document's body behind the store's back. False where there is no such form.
    async fn damage(&self, collection: &'static Collection, id: &str) -> bool;
}

/// One test for each case, in a module for each part of the suite.
macro_rules! conformance {
    ($place:path) => {
        $crate::suite::conformance! { @cases $place;
            documents: what_was_written_comes_back absent_is_none versions_count_up
                a_bad_id_is_refused a_field_of_the_wrong_kind_is_refused null_and_absent_fields_are_fine
                words_need_a_searchable_collection
                what_is_nested_too_deeply_to_be_read_back_is_refused many_writes_stand_each_for_itself collections_are_apart
                odd_ids_and_texts_survive health_tells_where;
            swapping: expectations_hold_or_conflict no_increment_is_lost one_of_many_creates_wins
                many_documents_at_once;
            deletion: deleted_is_absent expectations_of_a_deletion_hold_or_conflict
                a_document_made_again_begins_anew;
            ordering: numbers_are_ordered_as_numbers texts_are_ordered_by_bytes times_are_ordered_as_times
                ties_are_ordered_by_id without_an_order_ids_rule documents_without_the_field_are_left_out
                an_undeclared_order_is_refused;
            conditions: each_condition_picks_its_documents all_conditions_must_hold
                a_missing_field_never_fits counts_agree_with_pages conditions_follow_an_update
                conditions_that_make_no_sense_are_refused;
            paging: pages_make_the_whole_in_both_directions ties_do_not_stop_paging
                pages_stand_while_documents_come_and_go a_page_ends_where_the_last_was_deleted
                a_bad_cursor_or_limit_is_refused an_exact_last_page_tells_the_end;
            expiry: an_expired_document_is_never_seen an_expired_document_counts_as_absent
                sweeping_removes_only_what_expired an_expiry_can_be_moved;
            large: an_evidence_of_8_megabytes_comes_back many_large_documents_come_back
                what_is_too_large_is_refused_with_its_size;
            versions: a_newer_document_is_refused_not_half_read an_older_document_is_upgraded
                a_field_declared_later_is_found damage_is_told
                what_cannot_be_read_is_listed_and_can_be_removed;
            searching: any_word_finds_the_best_first names_outweigh_title_outweighs_text rare_words_outweigh_common_ones
                conditions_narrow_a_search a_changed_document_is_found_by_its_new_words_only
                a_deleted_or_expired_document_is_not_found words_that_look_like_operators_are_words
                a_search_keeps_to_its_limit no_words_find_nothing searching_what_is_not_searchable_is_refused
                words_come_back_with_the_document;
            logs: records_are_chained_and_read_in_order reading_goes_on_after_a_sequence_number
                each_log_is_a_chain_of_its_own concurrent_appends_keep_the_chain a_cut_is_recorded_and_verified
                the_anchor_is_the_end records_of_another_store_are_adopted records_that_do_not_follow_are_not_adopted
                cutting_nothing_or_too_much_is_no_loss an_empty_log_verifies odd_contents_survive;
            reopening: documents_and_versions_survive logs_go_on_where_they_ended searches_survive;
        }
    };
    (@cases $place:path; $($part:ident: $($case:ident)*;)*) => {
        $(mod $part {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::suite::$part::$case::<$place>().await;
            })*
        })*
    };
}

pub(crate) use conformance;

/// The time at which every test begins.
pub fn start() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// A clock that stands at [`start`].
pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(start()))
}

/// A fresh place with the collections of the suite, at [`start`].
pub async fn place<P: Place>() -> P {
    P::fresh(clock(), collections::ALL).await
}

/// Writes a plain document whatever is there.
pub async fn put(store: &dyn Store, collection: &'static Collection, id: &str, body: Value) -> u64 {
    let write = Write::put(collection, id, Expect::Any, Document::plain(body));
    store.write(write).await.unwrap_or_else(|error| panic!("{}/{id} was not written: {error}", collection.name))
}

/// A document that must be there.
pub async fn get(store: &dyn Store, collection: &'static Collection, id: &str) -> Stored {
    let found = store.get(collection, id).await.unwrap_or_else(|error| panic!("{}/{id}: {error}", collection.name));
    found.unwrap_or_else(|| panic!("{}/{id} is not there", collection.name))
}

/// Ids in their order, for comparison.
pub fn ids(documents: &[Stored]) -> Vec<&str> {
    documents.iter().map(|stored| stored.id.as_str()).collect()
}
