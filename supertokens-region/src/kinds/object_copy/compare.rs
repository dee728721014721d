//! The two buckets side by side: both lists are in the order of the keys, so that neither is ever held as a whole.

use futures::Stream;
use futures::stream::try_unfold;

use super::covered::Ends;
use super::listing::{Current, Currents, Object, Objects};
use crate::error::Error;

/// Storage classes of which nothing can be read before it is restored.
const ARCHIVES: [&str; 2] = ["GLACIER", "DEEP_ARCHIVE"];

/// What is to be done about an object of the source.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// It is there.
    There,
    /// The rule is not about it.
    NotOurs,
    /// It is not there; or an older one is, with this ETag.
    Missing(Object, Option<String>),
    /// It is not there and can't be read.
    Archived(String),
    /// It was there, and was deleted there.
    Deleted(String),
    /// Another one is there, and newer.
    Newer(String),
}

/// A verdict on each object of the source, in the order of the keys.
pub(super) fn compare<'a>(ends: &'a Ends<'a>) -> impl Stream<Item = Result<Verdict, Error>> + Send + 'a {
    let objects = Objects::new(ends.source());
    let currents = Currents::new(ends.destination(), ends.there);
    try_unfold((objects, currents), |(mut objects, mut currents)| async {
        let (object, ()) = tokio::try_join!(objects.next(), currents.ready())?;
        let Some(object) = object else { return Ok(None) };
        let current = currents.under(&object.key).await?;
        Ok(Some((verdict(object, current), (objects, currents))))
    })
}

/// A copy made by replication has the ETag of the original. Another one may have one of its own: the ETags of uploads in
/// parts, and of what keys of KMS encrypt, aren't those of the content. So it is also there where a younger object has its
/// length, and at least one of the two ETags is of parts.
fn verdict(object: Object, current: Option<Current>) -> Verdict {
    let archived = ARCHIVES.contains(&object.class.as_str());
    match current {
        Some(Current::Deleted) => Verdict::Deleted(object.key),
        Some(Current::Object { etag, size, .. }) if etag == object.etag && size == object.size => {
            Verdict::There
        }
        Some(Current::Object { etag, size, modified }) if modified >= object.modified => {
            let of_parts = etag.contains('-') || object.etag.contains('-');
            if size == object.size && of_parts { Verdict::There } else { Verdict::Newer(object.key) }
        }
        _ if archived => Verdict::Archived(object.key),
        Some(Current::Object { etag, .. }) => Verdict::Missing(object, Some(etag)),
        None => Verdict::Missing(object, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(etag: &str, class: &str) -> Object {
        Object { key: "k".into(), etag: etag.into(), size: 5, modified: 100, class: class.into() }
    }

    fn current(etag: &str, size: u64, modified: i64) -> Option<Current> {
        Some(Current::Object { etag: etag.into(), size, modified })
    }

    #[test]
    fn an_object_is_there_by_its_etag_or_by_its_length_where_etags_say_nothing() {
        let standard = || object("a", "STANDARD");
        assert_eq!(verdict(standard(), current("a", 5, 0)), Verdict::There, "a replica may be told as older");
        assert_eq!(verdict(object("a-2", "STANDARD"), current("b", 5, 100)), Verdict::There);
        assert_eq!(verdict(object("a-2", "STANDARD"), current("b", 6, 100)), Verdict::Newer("k".into()));
        assert_eq!(verdict(standard(), current("b", 5, 100)), Verdict::Newer("k".into()));
        assert_eq!(verdict(standard(), Some(Current::Deleted)), Verdict::Deleted("k".into()));
        let older = verdict(standard(), current("b", 5, 99));
        assert_eq!(older, Verdict::Missing(standard(), Some("b".into())));
        assert_eq!(verdict(standard(), None), Verdict::Missing(standard(), None));
    }

    #[test]
    fn what_is_archived_and_not_there_cannot_be_copied() {
        for class in ["GLACIER", "DEEP_ARCHIVE"] {
            assert_eq!(verdict(object("a", class), None), Verdict::Archived("k".into()));
            assert_eq!(verdict(object("a", class), current("a", 5, 0)), Verdict::There);
        }
        assert!(matches!(verdict(object("a", "GLACIER_IR"), None), Verdict::Missing(..)));
    }
}
