//! Lists, page after page, each object turned into what is wanted of it before the next page is read; or from a watch
//! where one keeps them.
//!
//! The work of a list is boxed: a tool joins a dozen lists, and their states side by side would outgrow a thread's stack.

use super::Cluster;
use super::failure::is_expired;
use crate::query::kinds::Kind;
use crate::query::request::{self, Form, Selection};
use crate::shape::api::Page;
use crate::shape::other::ColumnsPage;
use domain::envelope::{Failure, FailureKind};
use domain::observed::kubernetes::OtherRow;
use serde::de::DeserializeOwned;

/// By how much a page shrinks that was too large.
const SHRINK: u32 = 8;

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
        let read = |page: Page<T>| RawPage {
            next: page.metadata.next,
            remaining: page.metadata.remaining,
            items: page.items.into_iter().map(&keep).collect(),
        };
        let mut listing = Listing { items: Vec::new(), left_out: 0 };
        for scope in self.scopes(kind, namespace)? {
            let scope = scope.as_deref();
            match Box::pin(self.list_from_watch(kind, scope, selection, form, &keep)).await {
                Some(items) => listing.add_within(items, self.limits().list_objects),
                None => Box::pin(self.gather(kind, scope, selection, form, &read, &mut listing)).await?,
            }
        }
        Ok(listing)
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
        let read = |mut page: ColumnsPage| RawPage {
            next: std::mem::take(&mut page.metadata.next),
            remaining: page.metadata.remaining,
            items: page.into_rows(),
        };
        let mut listing = Listing { items: Vec::new(), left_out: 0 };
        for scope in self.scopes(kind, namespace)? {
            let scope = scope.as_deref();
            Box::pin(self.gather(kind, scope, selection, Form::Columns, &read, &mut listing)).await?;
        }
        Ok(listing)
    }

    /// A list in one scope, once more from the beginning where the server forgot where it was (410).
    async fn gather<P, R>(
        &self,
        kind: &Kind,
        scope: Option<&str>,
        selection: &Selection,
        form: Form,
        read: &(impl Fn(P) -> RawPage<R> + Send + Sync),
        listing: &mut Listing<R>,
    ) -> Result<(), Failure>
    where
        P: DeserializeOwned + Send,
        R: Send,
    {
        let before = listing.items.len();
        match self.gather_pages(kind, scope, selection, form, read, listing).await {
            Err(failure) if is_expired(&failure) => {
                listing.items.truncate(before);
                self.gather_pages(kind, scope, selection, form, read, listing).await
            }
            result => result,
        }
    }

    async fn gather_pages<P, R>(
        &self,
        kind: &Kind,
        scope: Option<&str>,
        selection: &Selection,
        form: Form,
        read: &(impl Fn(P) -> RawPage<R> + Send + Sync),
        listing: &mut Listing<R>,
    ) -> Result<(), Failure>
    where
        P: DeserializeOwned + Send,
        R: Send,
    {
        let (mut next, mut page_size) = (String::new(), self.limits().page);
        loop {
            let page = read(self.fetch_page::<P>(kind, scope, selection, form, &next, &mut page_size).await?);
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

    /// One page. Where it is larger than an answer may be, smaller ones are asked for from here on: some objects are
    /// a thousand times as large as others.
    pub(super) async fn fetch_page<P: DeserializeOwned>(
        &self,
        kind: &Kind,
        scope: Option<&str>,
        selection: &Selection,
        form: Form,
        next: &str,
        page_size: &mut u32,
    ) -> Result<P, Failure> {
        loop {
            let request = request::list(kind, scope, selection, *page_size, next, form);
            match self.fetch_json::<P>(&request).await {
                Err(failure) if failure.kind == FailureKind::TooLarge && *page_size > 1 => {
                    *page_size = (*page_size / SHRINK).max(1);
                }
                result => return result,
            }
        }
    }
}

impl<R> Listing<R> {
    /// Adds objects up to a bound, and counts those over it.
    fn add_within(&mut self, items: Vec<R>, bound: usize) {
        let room = bound.saturating_sub(self.items.len());
        self.left_out += items.len().saturating_sub(room) as u64;
        self.items.extend(items.into_iter().take(room));
    }
}
