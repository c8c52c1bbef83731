//! Lists, page after page, each object turned into what is wanted of it before the next page is read.

use super::Cluster;
use crate::query::kinds::Kind;
use crate::query::request::{self, Form, Selection};
use crate::shape::api::Page;
use crate::shape::other::ColumnsPage;
use domain::envelope::{Failure, FailureKind};
use domain::observed::kubernetes::OtherRow;
use serde::de::DeserializeOwned;

/// What a list gave.
#[derive(Debug, Clone, Default)]
pub struct Listing<R> {
    /// The objects, or what was made of them.
    pub items: Vec<R>,
    /// Objects that were not read because the list is over its bound.
    pub left_out: u64,
}

struct RawPage<R> {
    items: Vec<R>,
    next: String,
    remaining: Option<u64>,
}

impl Cluster {
    /// All objects of a kind in a namespace, or in all that are open.
    ///
    /// # Errors
    /// The first page that could not be read.
    pub async fn list<T: DeserializeOwned + Send>(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selection: &Selection,
    ) -> Result<Listing<T>, Failure> {
        self.list_as(kind, namespace, selection, Form::Json, |item: T| item).await
    }

    /// The same, keeping only what `keep` makes of each object.
    ///
    /// # Errors
    /// The first page that could not be read.
    pub async fn list_as<T, R>(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selection: &Selection,
        form: Form,
        keep: impl Fn(T) -> R + Send + Sync,
    ) -> Result<Listing<R>, Failure>
    where
        T: DeserializeOwned + Send,
        R: Send,
    {
        self.gather(kind, namespace, selection, form, |page: Page<T>| RawPage {
            next: page.metadata.next,
            remaining: page.metadata.remaining,
            items: page.items.into_iter().map(&keep).collect(),
        })
        .await
    }

    /// The rows that the server prints for any kind.
    ///
    /// # Errors
    /// The first page that could not be read.
    pub async fn list_rows(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selection: &Selection,
    ) -> Result<Listing<OtherRow>, Failure> {
        self.gather(kind, namespace, selection, Form::Columns, |mut page: ColumnsPage| RawPage {
            next: std::mem::take(&mut page.metadata.next),
            remaining: page.metadata.remaining,
            items: page.into_rows(),
        })
        .await
    }

    async fn gather<P, R>(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selection: &Selection,
        form: Form,
        read: impl Fn(P) -> RawPage<R> + Send + Sync,
    ) -> Result<Listing<R>, Failure>
    where
        P: DeserializeOwned + Send,
        R: Send,
    {
        let mut listing = Listing { items: Vec::new(), left_out: 0 };
        for scope in self.scopes(kind, namespace)? {
            let before = listing.items.len();
            let first = self.gather_scope(kind, scope.as_deref(), selection, form, &read, &mut listing).await;
            match first {
                Ok(()) => {}
                // The server forgot where it was (410): from the beginning, once.
                Err(failure) if is_expired(&failure) => {
                    listing.items.truncate(before);
                    self.gather_scope(kind, scope.as_deref(), selection, form, &read, &mut listing).await?;
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(listing)
    }

    async fn gather_scope<P, R>(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selection: &Selection,
        form: Form,
        read: &(impl Fn(P) -> RawPage<R> + Send + Sync),
        listing: &mut Listing<R>,
    ) -> Result<(), Failure>
    where
        P: DeserializeOwned + Send,
        R: Send,
    {
        let mut next = String::new();
        loop {
            let request = request::list(kind, namespace, selection, self.limits().page, &next, form);
            let page = read(self.fetch_json::<P>(&request).await?);
            listing.items.extend(page.items);
            if page.next.is_empty() {
                return Ok(());
            }
            if listing.items.len() >= self.limits().list_objects || page.next == next {
                listing.left_out += page.remaining.unwrap_or(1);
                return Ok(());
            }
            next = page.next;
        }
    }
}

fn is_expired(failure: &Failure) -> bool {
    failure.kind == FailureKind::BadAnswer && failure.message.contains(" with 410: ")
}
